import Foundation
import Methods
import Reports
import Robustness
import StableDynamics

extension Certification {
  /// What was certified, in a line.
  package var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(sampleCount) samples: certified radii, in the "
      + "Euclidean norm of pixels"
  }

  /// The attacks within certified balls.
  package var attacks: [CertifiedBallAudit.Result] {
    [cells?.attack, invariance?.attack].compactMap { $0 }
  }

  private var distributions: [(name: String, radii: Radii)] {
    [
      ("eq. (10)", paper?.radii), ("Lipschitz", lipschitz?.radii), ("cells", cells?.radii),
      ("cells, disturbed", cells?.disturbance?.radii), ("invariance", invariance?.radii),
      ("smoothing", smoothing?.radii),
    ]
    .compactMap { name, radii in radii.map { (name, $0) } }
  }

  /// The samples that are certified at given radii.
  package var shareTable: Table {
    shareTable(
      "Samples whose radius is at least the given one, in percent [95 % interval]",
      \.shares)
  }

  /// The same in the largest norm; nil if it was not asked for.
  package var cubeShareTable: Table? {
    guard distributions.first?.radii.cubeShares != nil else { return nil }
    return shareTable(
      "The same in the L-inf norm, whose cube of ε is in the ball of ε √n, n pixels"
    ) {
      $0.cubeShares ?? []
    }
  }

  private func shareTable(_ caption: String, _ shares: (Radii) -> [Radii.Share]) -> Table {
    let columns = distributions.map { shares($0.radii) }
    return Table(
      caption: caption,
      columns: [.init("radius")] + distributions.map { .number($0.name) },
      rows: (columns.first ?? []).indices.map { row in
        [.init("\(columns[0][row].radius)")] + columns.map { .percentage($0[row].accuracy) }
      })
  }

  /// The distributions of the radii.
  package var quantileTable: Table {
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
  package var boundTable: Table {
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
  package var boundTable: Table {
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
  package var table: Table {
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

extension CertifiedBallAudit.Result {
  /// Whether the attack broke what was certified: then the certificate is false.
  package var isBroken: Bool { !broken.isEmpty }

  /// How many samples broke, as a row of what a certificate is made of.
  var row: [Table.Cell] {
    [
      "certified samples that an attack within the radius broke",
      .init("\(broken.count)/\(attacked)"),
    ]
  }

  /// Samples broken within their radius; nil if there are none.
  package var breakTable: Table? {
    guard isBroken else { return nil }
    return Table(
      caption: "Broken inside a certified ball: the certificate is false. Please report it.",
      columns: [.init("sample"), .number("radius"), .number("distance"), .number("class found")],
      rows: broken.map {
        [
          .init("\($0.index)"), .number($0.radius, significantDigits: 6),
          .number($0.distance, significantDigits: 6), .init("\($0.prediction)"),
        ]
      })
  }
}
