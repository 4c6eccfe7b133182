/// A check of whether an evaluation can be believed, with its outcome.
public struct Audit: Codable, Sendable, Hashable {
  /// What a check says.
  public enum Verdict: String, Codable, Sendable, CaseIterable {
    /// Nothing speaks against the figures here.
    case passed
    /// The figures are likely too good.
    case flagged
    /// The evaluation lacks what the check needs.
    case notApplicable
  }

  /// That of the rule, such as `zero-gradients`.
  public let name: String
  /// The item of the usual list of checks that it answers, G1 to G12.
  public let check: String
  /// Whether the figure passes the threshold; `notApplicable` where there is none.
  public let verdict: Verdict
  /// What was measured, such as a share of samples or a difference of accuracies, in 0 ... 1.
  public let figure: Double
  /// The largest figure that passes.
  public let threshold: Double
  /// What the figure means, as a sentence.
  public let finding: String
}
