import Datasets
import Foundation
import Reports
import Robustness
import StableDynamics
import Tensors

/// Eq. (10)'s radius on a split, with the assumption that it rests on.
public struct Certification: Finding, Sendable {
  /// The share of samples whose radius reaches a given one.
  public struct Share: Codable, Sendable {
    public let radius: Budget
    public let accuracy: Accuracy
  }

  /// A value that a share of the samples does not exceed.
  public struct Quantile: Codable, Sendable {
    public let level: Double
    public let radius: Double
  }

  public private(set) var schemaVersion = Certification.currentSchemaVersion
  /// What the figures hold under; they say nothing without it.
  public let assumption: String
  public let method: String
  public let data: String
  public let split: DataSplit
  public let sampleCount: Int
  /// Upper bound of φ's Lipschitz constant.
  public let featureBound: Double
  /// Upper bounds of the Lipschitz constants of W_i, by class.
  public let regionBounds: [Double]
  /// The largest slope of W_y in pixels that was seen; no bound is smaller.
  public let sampledSlope: Double
  /// Of the radius in the Euclidean norm of pixels, 0 for samples classified wrongly.
  public let quantiles: [Quantile]
  public let shares: [Share]

  /// Certifies samples.
  ///
  /// - Throws: `MethodError` if the method has no certified radii.
  public static func measure(
    _ run: Run, on samples: LabelledSamples, split: DataSplit, radii: [Budget], limit: Int? = nil,
    batchSize: Int = 512, progress: (Int) -> Void = { _ in }
  ) throws -> Certification {
    let model = run.model.trained()
    let data = try run.images(of: limit.map(samples.prefix) ?? samples)
    let labels = data.labels.integers
    var parts: [CertifiedRadius] = []
    for start in stride(from: 0, to: data.count, by: batchSize) {
      let end = min(start + batchSize, data.count)
      guard
        let part = try model.certifiedRadius(
          images: data.images.sliced(start..<end), labels: Array(labels[start..<end]))
      else {
        throw MethodError(
          subject: "certify", method: run.configuration.method, lacking: "certified radii")
      }
      parts.append(part)
      progress(end)
    }
    let found = parts.flatMap(\.radii).sorted()
    return Certification(
      assumption: CertifiedRadius.assumption, method: run.configuration.method,
      data: run.configuration.data.name, split: split, sampleCount: found.count,
      featureBound: parts[0].featureBound, regionBounds: parts[0].regionBounds,
      sampledSlope: parts.map(\.sampledSlope).max() ?? 0,
      quantiles: [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map { level in
        Quantile(level: level, radius: found[Int((level * Double(found.count - 1)).rounded())])
      },
      shares: radii.map { radius in
        // A sample counts at radius 0 if it is classified correctly.
        let count = found.count { radius.value == 0 ? $0 > 0 : $0 >= radius.value }
        return Share(radius: radius, accuracy: Accuracy(correct: count, count: found.count))
      })
  }

  /// The distribution of the radius.
  public var quantileTable: Table {
    Table(
      caption: "Radius in the Euclidean norm of pixels, over \(sampleCount) samples (0 if wrong)",
      columns: [.init("quantile"), .number("radius")],
      rows: quantiles.map {
        [.init(String(format: "%.0f %%", 100 * $0.level)), .number($0.radius)]
      })
  }

  /// The samples that are certified at given radii.
  public var shareTable: Table {
    Table(
      caption: "Samples whose radius is at least the given one, in percent [95 % interval]",
      columns: [.init("radius"), .number("certified"), .number("samples")],
      rows: shares.map {
        [.init("\($0.radius)"), .percentage($0.accuracy), .share($0.accuracy)]
      })
  }

  /// What the radius is made of.
  public var boundTable: Table {
    let (least, greatest) = (regionBounds.min() ?? 0, regionBounds.max() ?? 0)
    return Table(
      caption: "What the bounds give away",
      columns: [.init("slope"), .number("value")],
      rows: [
        ["features, upper bound", .number(featureBound)],
        ["W, upper bound (least of classes)", .number(least)],
        ["W, upper bound (greatest of classes)", .number(greatest)],
        ["both together (greatest)", .number(featureBound * greatest)],
        ["largest slope seen on the samples", .number(sampledSlope)],
      ])
  }
}
