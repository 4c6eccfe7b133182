import Failures
import Tensors

/// The box of each feature of a table, which becomes [0, 1]: its range over all samples, or what `units` make
/// of it.
struct FeatureRanges {
  let features: [DatasetFeature]

  /// - Parameter parts: the first is the one to learn from, if there is one.
  /// - Throws: `Failure` of kind `malformed` for a feature that is no finite number, of kind
  ///   `invalidOption` if there are not as many units as features.
  init(_ parts: [ArrayPart], in units: FeatureUnits = .range) throws(Failure) {
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
    let ranges = least.indices.map {
      DatasetFeature(name: names?[$0] ?? "\($0 + 1)", least: least[$0], most: most[$0])
    }
    let first = parts[0].samples.to(.float64)
    let deviations = (first - first.mean(along: 0)).squared.mean(along: 0).squareRoot.doubles
    guard let boxes = units.boxes(ranges, deviations: deviations) else {
      throw Failure(
        .invalidOption, at: "units", expected: "one for each of \(ranges.count) features",
        found: units.description, remedy: "Give as many numbers as the table has features.")
    }
    // Beyond that, features of float32 in boxes are no longer what they were.
    for (box, range) in zip(boxes, ranges) where box.extent > 1e4 * range.extent {
      throw Failure(
        .invalidOption, at: "units",
        expected: "units that leave every feature at least 1/10000 of its box",
        found: "\(box.unit ?? 1) for \(range.name), which ranges over \(range.extent)",
        remedy: "Give units nearer to what the features range over.")
    }
    features = boxes
  }

  /// The samples of a part with features in [0, 1]; one that is the same in all samples is 0.
  func samples(of part: ArrayPart) -> Samples {
    let scaled = FeatureTable(part.samples, features: features).samples.clamped(to: 0...1)
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

extension [DatasetFeature] {
  /// What budgets mean, of a table in units of its own; nil where they are shares of ranges.
  ///
  /// - Parameter name: that of the data set.
  public func budgetNote(ofData name: String) -> String? {
    guard let feature = first(where: { $0.unit != nil }) else { return nil }
    let count = feature.unitCount.rounded()
    return "a budget of 1 is \(count < 1e15 ? "\(Int(count))" : "\(count)") units of each feature: "
      + (ArrayNames.hasDeviations(name) ? "standard deviations" : "those of `units=`")
  }
}
