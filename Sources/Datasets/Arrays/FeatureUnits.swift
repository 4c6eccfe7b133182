import Tensors

/// What a budget is counted in, of each feature of a table: so many of its own units for every feature.
///
/// Attacks move samples in [0, 1] by at most ε. Each feature is put there by a box of its own, which is N of
/// its units wide, N the same for all of them: ε is then ε N units of every feature. N is the smallest of
/// 1, 2, 5, 10, 20, ... for which no feature has values outside its box, so that an attack may leave the
/// range that a feature has in the data, as far as its budget goes.
enum FeatureUnits: Hashable, CustomStringConvertible {
  /// A feature's range over all samples, which is its box: N is 1.
  case range
  /// A feature's standard deviation over the training samples.
  case deviation
  /// One number for each feature, in the units of the file.
  case given([Double])

  /// Reads `range`, `deviation` or numbers with slashes between them; nil if it is none of these.
  init?(_ text: String) {
    switch text {
    case "range": self = .range
    case "deviation": self = .deviation
    default:
      let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map {
        Double($0) ?? .nan
      }
      guard numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
      self = .given(numbers)
    }
  }

  var description: String {
    switch self {
    case .range: "range"
    case .deviation: "deviation"
    case .given(let numbers): numbers.map { "\($0)" }.joined(separator: "/")
    }
  }

  /// The features with boxes in these units.
  ///
  /// - Parameters:
  ///   - ranges: the features with their ranges for boxes.
  ///   - deviations: of each feature.
  /// - Returns: nil if there is not one unit for each feature.
  func boxes(_ ranges: [DatasetFeature], deviations: [Double]) -> [DatasetFeature]? {
    let units: [Double]
    switch self {
    case .range: return ranges
    // A feature that is the same in all samples has no deviation.
    case .deviation: units = deviations.map { $0 > 0 ? $0 : 1 }
    case .given(let numbers): units = numbers
    }
    guard units.count == ranges.count else { return nil }
    let widest = zip(ranges, units).map { ($0.most - $0.least) / $1 }.max() ?? 1
    let count = Self.roundCount(atLeast: widest)
    return zip(ranges, units).map { feature, unit in
      let (middle, half) = ((feature.least + feature.most) / 2, count * unit / 2)
      return DatasetFeature(
        name: feature.name, least: middle - half, most: middle + half, unit: unit)
    }
  }

  /// The smallest of 1, 2, 5, 10, 20, ... that is no less.
  private static func roundCount(atLeast value: Double) -> Double {
    var power = 1.0
    while power.isFinite {
      for digit in [1.0, 2, 5] where digit * power >= value { return digit * power }
      power *= 10
    }
    return value
  }
}
