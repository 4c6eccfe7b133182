import Tensors

/// `(x - mean) / deviation` for each channel of images [N, C, H, W] or coordinate of points [N, d].
///
/// It belongs to the model: whoever attacks or corrupts images does so before it, in [0, 1]. Its
/// numbers are part of a model's configuration, not of its state.
public struct InputNormalization: Sendable, Hashable, Codable {
  public let mean: [Double]
  public let deviation: [Double]

  /// - Precondition: as many deviations as means, all of them positive.
  public init(mean: [Double], deviation: [Double]) {
    precondition(
      !mean.isEmpty && mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
      "InputNormalization: means \(mean), deviations \(deviation)")
    self.mean = mean
    self.deviation = deviation
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let shape = [mean.count] + Array(repeating: 1, count: x.rank - 2)
    precondition(
      x.shape[1] == mean.count, "InputNormalization of \(mean.count) channels of \(x.shape)")
    return (x - Tensor(mean, shape: shape).like(x)) / Tensor(deviation, shape: shape).like(x)
  }
}
