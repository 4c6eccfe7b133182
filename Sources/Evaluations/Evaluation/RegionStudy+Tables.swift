import Foundation
import Reports
import StableDynamics

extension RegionStudy {
  /// What was examined, in a line.
  package var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(alignment.sampleCount) samples; prescribed "
      + "regions \(regionName)"
  }

  private var regionName: String { "{W < " + String(format: "%g", alignment.level) + "}" }

  /// The residual of the equation that the model prescribes.
  package var residualTable: Table {
    residualTable(
      "Residual of the equation that the model prescribes",
      [
        ("on trajectories", alignment.onTrajectories),
        ("on counterexamples", alignment.onCounterexamples),
      ])
  }

  /// The residual of the cell equation, the same for all models.
  package var cellResidualTable: Table {
    let cells = alignment.cells
    return residualTable(
      "Residual of the cell equation, the same for all models; μ = "
        + String(format: "%.2g", cells.speed)
        + (cells.isSpeedFitted ? ", fitted in the model's favour" : ", prescribed"),
      [
        ("on trajectories", cells.onTrajectories), ("on segments", cells.onSegments),
        ("on counterexamples", cells.onCounterexamples),
      ])
  }

  private func residualTable(
    _ caption: String, _ rows: [(String, RegionAlignment.Residual)]
  ) -> Table {
    Table(
      caption: caption,
      columns: [
        .init("states"), .number("mean"), .number("largest"), .number("mean, relative"),
        .number("largest, relative"),
      ],
      rows: rows.map { name, residual in
        [
          .init(name), .number(residual.meanAbsolute), .number(residual.maximalAbsolute),
          .number(residual.meanRelative), .number(residual.maximalRelative),
        ]
      })
  }

  /// Where trajectories are.
  package var containmentTable: Table {
    Table(
      caption: "Trajectories of the samples, in percent",
      columns: [
        .init("up to t"), .number("stay in their region"), .number("stay in their cell"),
        .number("end in their cell"), .number("reach their equilibrium"),
      ],
      rows: alignment.containment.map { found in
        [
          .init(String(format: "%g", found.horizon)), .percentage(found.staysInRegion),
          .percentage(found.staysInCell), .percentage(found.endsInCell),
          .percentage(found.reachesEquilibrium),
        ]
      })
  }

  /// The other figures.
  package var figureTable: Table {
    var table = Table(columns: [.init("figure"), .number("value")])
    table.append([
      "points of a prescribed region that lie in another one too",
      .percentage(alignment.overlap).with(" %"),
    ])
    table.append([
      "decisions that differ between h(0) and h(T)",
      .percentage(alignment.decisionsChangedByFlow).with(" %"),
    ])
    let segments = alignment.cells.fromSegments
    let horizon = String(format: "%g", segments.horizon)
    table.append([
      "from segments between samples: end at t = \(horizon) in the cell of their start",
      .percentage(segments.agreement).with(" %"),
    ])
    table.append([
      "from the same: intersection over union of cells and basins",
      .init(String(format: "%.2f", segments.intersectionOverUnion)),
    ])
    table.append(["mean V(h(T)) / V(h(0)) of the target", .number(alignment.valueDecay)])
    table.append(["mean share of the learned part in V(h(0))", .number(alignment.learnedShare)])
    return table
  }

  /// Intersection over union on the plane; nil for states of other dimensions.
  package var overlapTable: Table? {
    guard let planes else { return nil }
    return Table(
      caption: "Intersection over union with true basins, mean over classes, "
        + "trajectories followed to t = \(String(format: "%g", planes.after.horizon))",
      columns: [
        .init("prescribed"), .init("true"), .number("before training"), .number("after"),
      ],
      rows: [
        ("cells {V least}", "ends near the equilibrium", \RegionMap.Overlap.cells),
        ("regions \(regionName)", "ends near the equilibrium", \.regions),
        ("cells {V least}", "ends in the cell", \.lenientCells),
      ].map { prescribed, reached, figure in
        [
          .init(prescribed), .init(reached),
          .number(planes.before.intersectionOverUnion[keyPath: figure]),
          .number(planes.after.intersectionOverUnion[keyPath: figure]),
        ]
      })
  }
}

extension Table.Cell {
  fileprivate func with(_ unit: String) -> Table.Cell { .init(text + unit, detail: detail) }
}

extension RegionStudy {
  /// What is proven of each cell; nil where nothing was to be proven.
  package var verificationTable: Table? {
    guard let verification else { return nil }
    let extent = String(format: "[-%g, %g]²", verification.extent, verification.extent)
    let rows = verification.cells.map { cell -> [Table.Cell] in
      [
        .init(classNames[cell.classIndex]), cell.level.map { .number($0) } ?? .init("-"),
        .number(cell.share), .number(Double(cell.boxes)), .number(cell.seconds),
        .init(cell.reason ?? ""),
      ]
    }
    return Table(
      caption: "Proven to be attracted, of each cell within \(extent)",
      columns: [
        .init("class"), .number("W up to"), .number("share of the cell"), .number("boxes"),
        .number("s"), .init("why not more"),
      ],
      rows: rows)
  }
}
