/// How far a training has come: with the configuration, all that decides what comes next.
public struct TrainingPosition: Codable, Hashable, Sendable {
  /// Whole epochs done.
  public package(set) var epoch = 0
  /// Batches done of the next epoch.
  public package(set) var batch = 0
  /// Steps done since the start.
  public package(set) var step = 0
  /// The accuracy of the model that is kept, where there is a validation part.
  public package(set) var bestValidationAccuracy: Double?
  /// Epochs since that model, where training ends after some of them without a better one.
  public package(set) var epochsSinceBest: Int?
  /// Bytes of `metrics.jsonl` up to here.
  public package(set) var metricsLength: UInt64 = 0

  public init() {}
}
