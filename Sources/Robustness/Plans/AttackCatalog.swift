/// The attacks by name. A new one is one line in `entries`.
public enum AttackCatalog {
  /// A named plan, made with the settings that a protocol asks for.
  public struct Entry: Sendable {
    public let name: String
    /// One line for help texts.
    public let summary: String
    let plan: @Sendable (EvaluationProtocol) -> AttackPlan

    /// An attack of the catalog's name on what the protocol attacks.
    init(
      _ name: String, _ summary: String,
      attack: @escaping @Sendable (EvaluationProtocol) -> any Attack
    ) {
      self.init(name, summary) { AttackPlan(attack($0)) }
    }

    init(
      _ name: String, _ summary: String,
      plan: @escaping @Sendable (EvaluationProtocol) -> AttackPlan
    ) {
      self.name = name
      self.summary = summary
      self.plan = plan
    }
  }

  public static let entries: [Entry] = [
    Entry("fgsm", "one step of epsilon along the sign of the gradient", attack: { _ in FGSM() }),
    Entry("bim", "10 projected steps from the image") { $0 == .paper ? BIM.paper : BIM() },
    Entry("pgd", "10 projected steps from a random start") { $0 == .paper ? PGD.paper : PGD() },
    Entry("pgd-paper", "as the Zubov-Net paper states it: steps of epsilon / 8") { _ in
      PGD(name: "pgd-paper", relativeStep: 1 / 8, returning: .last)
    },
    Entry("pgd-100x5", "100 projected steps from 5 random starts") { _ in
      PGD(name: "pgd-100x5", steps: 100, restarts: 5)
    },
  ]

  /// Lists of attacks that have a name of their own.
  public static let suites: KeyValuePairs<String, [String]> = [
    "none": [],
    "standard": ["fgsm", "bim", "pgd"],
    "adaptive": ["fgsm", "bim", "pgd", "pgd-100x5"],
  ]

  /// The plans of a suite, or of names separated by commas, in the order given.
  ///
  /// - Throws: `RobustnessError` of kind `unknownName`, or `invalidOption` if one is named twice.
  public static func plans(
    named list: String, for evaluationProtocol: EvaluationProtocol = .strict
  ) throws(RobustnessError) -> [AttackPlan] {
    let names = try namesInList(list, of: "attacks", known: entries.map(\.name), lists: suites)
    return entries.sorted(like: names, by: \.name).map { $0.plan(evaluationProtocol) }
  }
}
