import Foundation
import Reports
import StableDynamics

extension Certification {
  /// What was certified, in a line.
  public var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(sampleCount) samples: certified radii, in the "
      + "Euclidean norm of pixels"
  }

  private var distributions: [(name: String, radii: Radii)] {
    [("eq. (10)", paper?.radii), ("Lipschitz", lipschitz?.radii), ("smoothing", smoothing?.radii)]
      .compactMap { name, radii in radii.map { (name, $0) } }
  }

  /// The samples that are certified at given radii.
  public var shareTable: Table {
    let shares = distributions.first?.radii.shares ?? []
    return Table(
      caption: "Samples whose radius is at least the given one, in percent [95 % interval]",
      columns: [.init("radius")] + distributions.map { .number($0.name) },
      rows: shares.indices.map { row in
        [.init("\(shares[row].radius)")]
          + distributions.map { .percentage($0.radii.shares[row].accuracy) }
      })
  }

  /// The distributions of the radii.
  public var quantileTable: Table {
    let quantiles = distributions.first?.radii.quantiles ?? []
    return Table(
      caption: "Radii (0 if wrong)",
      columns: [.init("quantile")] + distributions.map { .number($0.name) },
      rows: quantiles.indices.map { row in
        [.init(String(format: "%.0f %%", 100 * quantiles[row].level))]
          + distributions.map { .bound(.lower, $0.radii.quantiles[row].radius) }
      })
  }
}

extension Certification.Paper {
  /// What the radius is made of.
  public var boundTable: Table {
    let (least, greatest) = (regionBounds.min() ?? 0, regionBounds.max() ?? 0)
    return Table(
      caption: "Eq. (10), \(assumption)",
      columns: [.init("slope"), .number("value")],
      rows: [
        ["features, upper bound", .bound(.upper, featureBound)],
        ["W, upper bound (least of classes)", .bound(.upper, least)],
        ["W, upper bound (greatest of classes)", .bound(.upper, greatest)],
        ["both together (greatest)", .bound(.upper, (featureBound * greatest).nextUp)],
        ["largest slope seen on the samples", .bound(.lower, sampledSlope)],
      ])
  }
}

extension Certification.Lipschitz {
  /// What the radius is made of.
  public var boundTable: Table {
    var table = Table(
      caption:
        "Lipschitz bounds of the whole model, in exact arithmetic, without other assumptions",
      columns: [.init("slope"), .number("value")])
    table.append(["features, upper bound", .bound(.upper, factors.features)])
    if let local = factors.layerNormalization {
      table.append(["layer normalisation, at the samples (greatest)", .bound(.upper, local)])
    }
    table.append(["flow on the solver's grid, upper bound", .bound(.upper, factors.flow)])
    table.append([
      "difference of two scores, upper bound (greatest)", .bound(.upper, factors.scores),
    ])
    table.append(["margins in pixels, upper bound (greatest used)", .bound(.upper, slopeBound)])
    table.append(["largest slope of a margin seen on the samples", .bound(.lower, sampledSlope)])
    return table
  }
}

extension Certification.Smoothing {
  /// What the radius rests on.
  public var table: Table {
    Table(
      caption: "Randomised smoothing, of the model under noise, which is not the model itself",
      columns: [.init("setting"), .number("value")],
      rows: [
        ["deviation of the noise", .number(deviation)],
        ["draws a sample", .init("\(selectionDraws) + \(draws)")],
        ["probability of a wrong certificate, a sample", .bound(.upper, failure)],
        ["seed", .init("\(seed)")],
        ["largest radius that so many draws can certify", .bound(.lower, greatestRadius)],
        ["abstentions", .init("\(abstentions)/\(samples.count)")],
      ])
  }
}
