import Foundation
import Reports
import StableDynamics

extension RegionStudy {
  /// What was examined, in a line.
  public var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(alignment.sampleCount) samples; prescribed "
      + "regions {W < \(alignment.level)}"
  }

  /// Zubov's residual.
  public var residualTable: Table {
    Table(
      caption: "Residual of Zubov's equation",
      columns: [
        .init("states"), .number("mean"), .number("largest"), .number("mean, relative"),
        .number("largest, relative"),
      ],
      rows: [
        ("on trajectories", alignment.onTrajectories),
        ("on counterexamples", alignment.onCounterexamples),
      ].map { name, residual in
        [
          .init(name), .number(residual.meanAbsolute), .number(residual.maximalAbsolute),
          .number(residual.meanRelative), .number(residual.maximalRelative),
        ]
      })
  }

  /// Where trajectories are.
  public var containmentTable: Table {
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
  public var figureTable: Table {
    var table = Table(columns: [.init("figure"), .number("value")])
    table.append([
      "points of a prescribed region that lie in another one too",
      .percentage(alignment.overlap).with(" %"),
    ])
    table.append([
      "decisions that differ between h(0) and h(T)",
      .percentage(alignment.decisionsChangedByFlow).with(" %"),
    ])
    table.append(["mean V(h(T)) / V(h(0)) of the target", .number(alignment.valueDecay)])
    table.append(["mean share of the learned part in V(h(0))", .number(alignment.learnedShare)])
    return table
  }

  /// Intersection over union on the plane; nil for states of other dimensions.
  public var overlapTable: Table? {
    guard let planes else { return nil }
    return Table(
      caption: "Intersection over union with true basins, mean over classes, "
        + "trajectories followed to t = \(String(format: "%g", planes.after.horizon))",
      columns: [
        .init("prescribed"), .init("true"), .number("before training"), .number("after"),
      ],
      rows: [
        ("cells {V least}", "ends near the equilibrium", \RegionMap.Overlap.cells),
        ("regions {W < \(alignment.level)}", "ends near the equilibrium", \.regions),
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
