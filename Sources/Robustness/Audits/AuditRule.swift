import NeuralNetworks

/// A way to find out that an evaluation is not to be believed.
public protocol AuditRule: Sendable {
  /// What results call it, in words joined by hyphens.
  var name: String { get }

  /// The item of the usual list of checks that it answers, G1 to G12. The list follows Carlini et
  /// al. 2019 (arXiv:1902.06705), the warnings of AutoAttack and Pintor et al. 2022.
  var check: String { get }

  /// - Throws: what the classifier throws, where the rule asks it.
  func audit(_ evidence: AuditEvidence) throws -> Audit
}

/// What a rule may look at: the figures, and the classifier with the samples for a test of its own.
public struct AuditEvidence {
  /// The result without audits.
  public let result: EvaluationResult
  /// As it was evaluated.
  public let classifier: FixedBatchClassifier
  /// The samples that were evaluated.
  public let data: LabelledImages

  /// The evidence of a result on the samples that it was made of; the classifier is put into
  /// batches of one size.
  public init(result: EvaluationResult, classifier: any Classifier, data: LabelledImages) {
    self.result = result
    self.classifier = classifier.inFixedBatches
    self.data = data
  }

  /// The first samples that are classified correctly, at most `count`; nil if there are none.
  func probe(_ count: Int) -> LabelledImages? {
    let correct = result.isCleanCorrect.indices.filter { result.isCleanCorrect[$0] }
    return correct.isEmpty ? nil : data.subset(Array(correct.prefix(count)))
  }

  /// The score functions that the protocol attacks.
  var decisions: [ScoreFunction] {
    ScoreChoice.decisions.targets(of: classifier, in: result.evaluationProtocol).map(\.scores)
  }

  /// Every attack under every threat model.
  var runs: [(threat: ThreatModel, attack: AttackResult)] {
    result.threats.flatMap { threat in threat.attacks.map { (threat.threat, $0) } }
  }
}

/// The rules that an evaluation follows unless told otherwise. A new one is one line here.
public enum AuditCatalog {
  /// In the order in which results list them.
  public static let rules: [any AuditRule] = [
    AttackOrder(),
    BudgetOrder(),
    BudgetReach(),
    BlackBoxGain(),
    NonFiniteGradients(),
    ZeroGradients(),
    UnattackedSurvivors(),
    GradientAccuracy(),
    LossAscent(),
    ZeroBudget(),
    BatchDependence(),
    TrainingMode(),
    RandomOutput(),
    ProbabilityOutput(),
    InputRange(),
    InfeasibleExamples(),
    SurrogateGain(),
    SaturatedScores(),
  ]
}

extension Audit {
  /// An outcome of a rule.
  public init(
    _ rule: any AuditRule, verdict: Verdict, figure: Double, threshold: Double, finding: String
  ) {
    name = rule.name
    check = rule.check
    self.verdict = verdict
    self.figure = figure
    self.threshold = threshold
    self.finding = finding
  }

  /// An audit that passes up to a threshold.
  public init(_ rule: any AuditRule, figure: Double, threshold: Double, finding: String) {
    self.init(
      rule, verdict: figure > threshold ? .flagged : .passed, figure: figure,
      threshold: threshold, finding: finding)
  }

  /// An audit that does not apply.
  public static func notApplicable(
    _ rule: any AuditRule, threshold: Double, because reason: String
  ) -> Audit {
    Audit(rule, verdict: .notApplicable, figure: 0, threshold: threshold, finding: reason)
  }
}
