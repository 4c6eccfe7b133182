/// Mean and standard deviation of each channel over the training images, pixels in [0, 1].
///
/// What others subtract and divide by when they normalise these images. No model here does so unless
/// its configuration asks for it.
public struct ChannelStatistics: Sendable, Hashable, Codable {
  /// One for each channel.
  public let mean: [Double]
  /// One for each channel, above 0.
  public let deviation: [Double]

  /// - Precondition: as many deviations as means, all of them positive.
  public init(mean: [Double], deviation: [Double]) {
    precondition(
      mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
      "ChannelStatistics: means \(mean), deviations \(deviation)")
    self.mean = mean
    self.deviation = deviation
  }
}
