import Catalogs
import Failures

/// The attacks by name. A new one is one line in `catalog`; from another package, `BasinTool.run(attacks:)`.
public enum AttackCatalog {
  /// A named plan, made with the settings that a protocol asks for.
  public struct Entry: Sendable {
    /// What options and results call it.
    public let name: String
    /// One line for help texts.
    public let summary: String
    let plan: @Sendable (EvaluationProtocol) -> AttackPlan

    /// - Parameter attack: the attack as a protocol wants it; it has the entry's name.
    public init(
      _ name: String, _ summary: String,
      attack: @escaping @Sendable (EvaluationProtocol) -> any Attack
    ) {
      self.init(name, summary) { AttackPlan(attack($0)) }
    }

    /// - Parameter plan: the attacks as a protocol wants them.
    public init(
      _ name: String, _ summary: String,
      plan: @escaping @Sendable (EvaluationProtocol) -> AttackPlan
    ) {
      self.name = name
      self.summary = summary
      self.plan = plan
    }
  }

  private static let builtIn: [Entry] = [
    Entry("fgsm", "one step of epsilon along the sign of the gradient", attack: { _ in FGSM() }),
    Entry("bim", "10 projected steps from the image") { $0 == .paper ? BIM.paper : BIM() },
    Entry("pgd", "10 projected steps from a random start") { $0 == .paper ? PGD.paper : PGD() },
    Entry("pgd-paper", "as the Zubov-Net paper states it: steps of epsilon / 8") { _ in
      PGD(name: "pgd-paper", relativeStep: 1 / 8, returning: .last)
    },
    Entry("pgd-100x5", "100 projected steps from 5 random starts") { _ in
      PGD(name: "pgd-100x5", steps: 100, restarts: 5)
    },
    Entry("mi-fgsm", "10 steps along an accumulated gradient") {
      $0 == .paper ? MIFGSM.paper : MIFGSM()
    },
    Entry("ni-fgsm", "the same with the gradient at the point ahead") {
      $0 == .paper ? NIFGSM.paper : NIFGSM()
    },
    Entry("vni-fgsm", "the same corrected by gradients nearby") {
      $0 == .paper ? VNIFGSM.paper : VNIFGSM()
    },
    Entry("jitter", "10 projected steps on rescaled, disturbed probabilities") {
      $0 == .paper ? Jitter.paper : Jitter()
    },
    Entry("apgd-ce", "100 steps of adapted length on the cross entropy") {
      $0 == .paper ? APGD.crossEntropy.asInTorchattacks : APGD.crossEntropy
    },
    Entry("apgd-dlr", "the same on the difference of logits ratio") {
      $0 == .paper ? APGD.logitRatio.asInTorchattacks : APGD.logitRatio
    },
    Entry("apgd-t", "the same towards each of the 9 likeliest wrong classes") {
      $0 == .paper ? APGD.targeted.asInTorchattacks : APGD.targeted
    },
    Entry("fab", "nearest misclassified image, 100 steps from 5 starts") { _ in FAB(restarts: 5) },
    Entry("fab-t", "the same towards each of 9 classes, from one start") { _ in FAB.targeted() },
    Entry("square", "5000 random windows, without gradients") { _ in Square() },
    Entry("square-20000x3", "20000 random windows from 3 starts") { _ in
      Square(name: "square-20000x3", queries: 20_000, restarts: 3)
    },
    Entry("spsa", "100 steps along gradients estimated from 128 pairs of scores") { _ in SPSA() },
    Entry("random", "10000 random points of the ball") { _ in RandomSearch() },
    Entry(
      "autoattack", "APGD-CE, APGD-T, FAB-T and Square on the logits", plan: { _ in .autoAttack }),
    Entry(
      "autoattack-plus", "the same with APGD-DLR, FAB and 5 starts", plan: { _ in .autoAttackPlus }),
    Entry("autoattack-rand", "for random models: APGD on 20 draws", plan: { _ in .autoAttackRand }),
    Entry(
      "autoattack-torchattacks", "torchattacks' weaker version of 10 steps",
      plan: { _ in .autoAttackInTorchattacks }),
    Entry(
      "adaptive", "APGD, PGD on stand-ins for the flow and the head, FAB-T and Square",
      plan: { _ in .adaptive }),
  ]

  private static let catalog = Catalog(
    builtIn, of: "attack", reserved: suites.map(\.key), name: { $0.name })

  /// All plans, those of other packages included.
  public static var entries: [Entry] { catalog.entries }

  /// Adds an attack of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ entry: Entry) throws(CatalogError) { try catalog.add(entry) }

  /// Lists of attacks that have a name of their own.
  public static let suites: KeyValuePairs<String, [String]> = [
    "none": [],
    "quick": ["fgsm", "bim", "pgd"],
    "standard": ["fgsm", "pgd", "autoattack"],
    "paper": ["fgsm", "bim", "pgd", "apgd-ce", "jitter"],
  ]

  /// The plans of a suite, or of names separated by commas, in the order given.
  ///
  /// - Throws: `Failure` of kind `unknownName`, or `invalidOption` if one is named twice.
  public static func plans(
    named list: String, for evaluationProtocol: EvaluationProtocol = .strict
  ) throws(Failure) -> [AttackPlan] {
    let names = try namesInList(list, of: "attacks", known: entries.map(\.name), lists: suites)
    return entries.sorted(like: names, by: \.name).map { $0.plan(evaluationProtocol) }
  }
}
