import Tensors

/// `(x - mean) / deviation` for each channel of images [N, C, H, W] or coordinate of points [N, d].
///
/// It belongs to the model: whoever attacks or corrupts images does so before it, in [0, 1]. Its
/// numbers are part of a model's configuration, not of its state.
public struct InputNormalization: Sendable, Hashable, Codable {
  /// One for each channel.
  public let mean: [Double]
  /// One for each channel, above 0.
  public let deviation: [Double]

  /// Normalisation by the given numbers.
  ///
  /// - Precondition: as many deviations as means, all of them positive and finite.
  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
    precondition(isValid, "InputNormalization: means \(mean), deviations \(deviation)")
  }

  /// Normalisation by the numbers of a configuration.
  ///
  /// - Throws: `DecodingError` also for numbers that cannot normalise.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode([Double].self, forKey: .mean)
    deviation = try container.decode([Double].self, forKey: .deviation)
    guard isValid else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "expected a mean and a deviation above 0 for each channel, found means "
            + "\(mean) and deviations \(deviation)"))
    }
  }

  private var isValid: Bool {
    !mean.isEmpty && mean.count == deviation.count && mean.allSatisfy(\.isFinite)
      && deviation.allSatisfy { $0.isFinite && $0 > 0 }
  }

  /// x with its second axis normalised, in the element type and on the device of x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x - spread(mean, over: x)) / spread(deviation, over: x)
  }

  /// x of a normalised z, up to rounding: `z * deviation + mean`.
  public func inverse(_ z: Tensor) -> Tensor {
    z * spread(deviation, over: z) + spread(mean, over: z)
  }

  private func spread(_ numbers: [Double], over x: Tensor) -> Tensor {
    precondition(
      x.shape[1] == mean.count, "InputNormalization of \(mean.count) channels of \(x.shape)")
    return Tensor(numbers, shape: [mean.count] + Array(repeating: 1, count: x.rank - 2)).like(x)
  }
}
