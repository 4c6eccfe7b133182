import Failures
import Tensors

/// The range of each feature of a table over all its samples, which becomes [0, 1].
struct FeatureRanges {
  let features: [DatasetFeature]

  /// - Throws: `Failure` of kind `malformed` for a feature that is no finite number.
  init(_ parts: [ArrayPart]) throws(Failure) {
    for part in parts {
      let isFinite = part.samples.to(.float64).isFinite.all(along: 1).integers
      if let odd = isFinite.firstIndex(of: 0) {
        throw Failure(
          .malformed, at: part.place(of: odd), expected: "features that are numbers",
          found: "an infinite one or NaN in sample \(odd)",
          remedy: "Fill the gap or leave the sample out; no value is made up.")
      }
    }
    let all = Tensor.concatenated(parts.map { $0.samples.to(.float64) })
    let (least, most) = (all.min(along: 0).doubles, all.max(along: 0).doubles)
    let names = parts.compactMap(\.features).first
    features = least.indices.map {
      DatasetFeature(name: names?[$0] ?? "\($0 + 1)", least: least[$0], most: most[$0])
    }
  }

  /// The samples of a part with features in [0, 1]; one that is the same in all samples is 0.
  func samples(of part: ArrayPart) -> Samples {
    let least = Tensor(features.map(\.least))
    let extents = Tensor(features.map { $0.extent })
    let scaled = ((part.samples.to(.float64) - least) / extents).clamped(to: 0...1)
    return Samples(values: scaled.to(.float32).scalars(as: Float.self), shape: [features.count])
  }

  /// Mean and deviation of each feature, as it is kept, over some samples; 1 for a feature that is the
  /// same in all.
  static func statistics(of samples: LabelledSamples) -> ChannelStatistics {
    let values = samples.batch(0..<samples.count).inputs.to(.float64)
    let mean = values.mean(along: 0)
    let deviation = ((values - mean).squared.mean(along: 0)).squareRoot.doubles
    return ChannelStatistics(
      mean: mean.doubles, deviation: deviation.map { $0 > 1e-6 ? $0 : 1 })
  }
}

/// A feature of a table, and its range in the units of the file.
public struct DatasetFeature: Sendable, Hashable, Codable {
  public let name: String
  public let least: Double
  public let most: Double

  /// What 1 is in the units of the file; 1 where all samples have the same value.
  public var extent: Double { most > least ? most - least : 1 }
}
