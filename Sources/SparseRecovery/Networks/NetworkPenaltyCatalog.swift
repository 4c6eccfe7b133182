/// The penalties by name.
public enum NetworkPenaltyCatalog {
  public static let all: [any NetworkPenalty.Type] = [
    L1Penalty.self,
    LHalfPenalty.self,
    L1OverL2Penalty.self,
    LHalfOverL2Penalty.self,
    HoyerSquarePenalty.self,
  ]

  public static var names: [String] { all.map { $0.name } }

  public static func penalty(named name: String) -> (any NetworkPenalty)? {
    all.first { $0.name == name }?.init()
  }
}
