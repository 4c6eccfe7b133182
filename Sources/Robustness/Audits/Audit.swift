/// A check of whether an evaluation can be believed, with its outcome.
public struct Audit: Codable, Sendable, Hashable {
  public enum Verdict: String, Codable, Sendable, CaseIterable {
    /// Nothing speaks against the figures here.
    case passed
    /// The figures are likely too good.
    case flagged
    /// The evaluation lacks what the check needs.
    case notApplicable
  }

  public let name: String
  /// The item of the usual list of checks that it answers, G1 to G12.
  public let check: String
  public let verdict: Verdict
  /// What was measured, such as a share of samples or a difference of accuracies, in 0 ... 1.
  public let figure: Double
  /// The largest figure that passes.
  public let threshold: Double
  /// What the figure means, as a sentence.
  public let finding: String

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
