/// A share of samples, with what it says about all samples of their kind.
public struct Accuracy: Sendable, Hashable {
  /// Samples classified correctly, in `0...count`.
  public let correct: Int
  /// The sample size.
  public let count: Int

  /// - Precondition: `correct` is in `0...count`.
  public init(correct: Int, count: Int) {
    precondition((0...count).contains(correct), "\(correct) of \(count) samples")
    self.correct = correct
    self.count = count
  }

  /// correct / count, in [0, 1]; 0 of no samples.
  public var fraction: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// The 95 % confidence interval of a binomial share p̂ of n samples (Wilson 1927), z = 1.96:
  /// (p̂ + z²/2n ± z √(p̂(1 - p̂)/n + z²/4n²)) / (1 + z²/n).
  public var interval: ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let z = 1.959_963_984_540_054
    let n = Double(count)
    let p = fraction
    let scale = 1 + z * z / n
    let centre = (p + z * z / (2 * n)) / scale
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / scale
    // The ends are 0 and 1 exactly where rounding would leave them a little off.
    return (correct == 0 ? 0 : centre - half)...(correct == count ? 1 : centre + half)
  }
}

/// Written with the share and its interval, so that no reader has to compute them.
extension Accuracy: Codable {
  private enum CodingKeys: String, CodingKey {
    case correct, count, fraction, lower, upper
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let correct = try container.decode(Int.self, forKey: .correct)
    let count = try container.decode(Int.self, forKey: .count)
    guard count >= 0, (0...count).contains(correct) else {
      throw DecodingError.dataCorruptedError(
        forKey: .correct, in: container, debugDescription: "\(correct) of \(count) samples")
    }
    self.init(correct: correct, count: count)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(correct, forKey: .correct)
    try container.encode(count, forKey: .count)
    try container.encode(fraction, forKey: .fraction)
    try container.encode(interval.lowerBound, forKey: .lower)
    try container.encode(interval.upperBound, forKey: .upper)
  }
}
