import NeuralNetworks

/// A way to find out that an evaluation is not to be believed.
public protocol AuditRule: Sendable {
  var name: String { get }

  /// - Throws: what the classifier throws, where the rule asks it.
  func audit(_ evidence: AuditEvidence) throws -> Audit
}

/// What a rule may look at: the figures, and the classifier with the samples for a test of its own.
public struct AuditEvidence {
  /// The result without audits.
  public let result: EvaluationResult
  public let classifier: any Classifier
  /// The samples that were evaluated.
  public let data: LabelledImages

  public init(result: EvaluationResult, classifier: any Classifier, data: LabelledImages) {
    self.result = result
    self.classifier = classifier
    self.data = data
  }

  /// Every attack under every threat model.
  var runs: [(threat: ThreatModel, attack: AttackResult)] {
    result.threats.flatMap { threat in threat.attacks.map { (threat.threat, $0) } }
  }
}

/// The rules that an evaluation follows unless told otherwise. A new one is one line here.
public enum AuditCatalog {
  public static let rules: [any AuditRule] = [
    BatchDependence(),
    NonFiniteGradients(),
    ZeroGradients(),
    UnattackedSurvivors(),
    InfeasibleExamples(),
    AttackOrder(),
    BudgetOrder(),
    SaturatedScores(),
  ]
}
