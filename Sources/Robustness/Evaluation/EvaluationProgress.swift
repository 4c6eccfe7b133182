/// How far an evaluation has come, as it is told while it works.
public struct EvaluationProgress: Sendable, Hashable {
  /// What the evaluation is at.
  public struct Activity: Sendable, Hashable {
    /// Such as `autoattack/fab-t`, `fog at severity 3` or `clean images`.
    public let name: String
    /// Budget and norm of an attack; nil where nothing is attacked.
    public let threat: ThreatModel?
    /// Images that are still to be worked on: of an attack those that nothing has broken yet.
    public let images: Int
  }

  /// Cases that are settled. A case is an image and a corruption, or an image, an attack and a
  /// budget; where there are neither, an image. One of an attack is settled when the image is
  /// broken, or has withstood the whole attack.
  public let settled: Int
  /// All cases.
  public let total: Int
  /// What a case is: `images x attacks x budgets`, for example.
  public let unit: String
  /// nil at the very end.
  public let activity: Activity?
  /// Seconds that the rest will take if the images that stand now stand to the end; less if they
  /// do not. nil before the first pass through the model.
  public let secondsLeft: Double?
  /// The share of the expected time that is over, from 0 to 1.
  public let share: Double

  /// Cases that are not settled.
  public var left: Int { total - settled }
}
