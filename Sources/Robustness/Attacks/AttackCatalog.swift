/// The attacks by name. A new one is one line in `entries`.
public enum AttackCatalog {
  /// A named attack, made with the settings that a protocol asks for.
  public struct Entry: Sendable {
    public let name: String
    /// One line for help texts.
    public let summary: String
    let attack: @Sendable (EvaluationProtocol) -> any Attack
  }

  public static let entries: [Entry] = [
    Entry(name: "fgsm", summary: "one step of epsilon along the sign of the gradient") { _ in
      FGSM()
    },
    Entry(name: "bim", summary: "10 projected steps from the image") {
      $0 == .paper ? BIM.paper : BIM()
    },
    Entry(name: "pgd", summary: "10 projected steps from a random start") {
      $0 == .paper ? PGD.paper : PGD()
    },
    Entry(name: "pgd-paper", summary: "as the Zubov-Net paper states it: steps of epsilon / 8") {
      _ in
      PGD(name: "pgd-paper", relativeStep: 1 / 8, returning: .last)
    },
    Entry(name: "pgd-100x5", summary: "100 projected steps from 5 random starts") { _ in
      PGD(name: "pgd-100x5", steps: 100, restarts: 5)
    },
  ]

  /// Lists of attacks that have a name of their own.
  public static let suites: KeyValuePairs<String, [String]> = [
    "none": [],
    "standard": ["fgsm", "bim", "pgd"],
    "adaptive": ["fgsm", "bim", "pgd", "pgd-100x5"],
  ]

  /// The attacks of a suite, or of names separated by commas, in the order given.
  ///
  /// - Throws: `RobustnessError` of kind `unknownName`, or `invalidOption` if one is named twice.
  public static func attacks(
    named list: String, for evaluationProtocol: EvaluationProtocol = .strict
  ) throws(RobustnessError) -> [any Attack] {
    let names = try namesInList(list, of: "attacks", known: entries.map(\.name), lists: suites)
    return entries.sorted(like: names, by: \.name).map { $0.attack(evaluationProtocol) }
  }
}
