import Foundation
import Reports
import Robustness

extension SeparabilityStudy {
  /// What was measured, in a line.
  public var summary: String {
    "Proposition 2: separability of uniform points by a convex function, \(trials) trials each, "
      + "seed \(seed)"
  }

  /// Bounds beside frequencies.
  public var table: Table {
    Table(
      caption: "Probability that no point of X₂ lies in co(X₁), in percent [95 % interval]",
      columns: [
        .number("d"), .number("N"), .number("M"), .number("measured"),
        .number("by one coordinate"), .number("Proposition 2"), .number("half-spaces"),
      ],
      rows: entries.map { entry in
        [
          "\(entry.dimension)", "\(entry.pointCount)", "\(entry.otherCount)",
          .percentage(entry.separable), .percentage(entry.separableByCoordinates),
          percent(entry.bound), percent(entry.halfSpaceBound),
        ]
      })
  }

  /// The bounds at the sizes of data sets.
  public var datasetTable: Table {
    Table(
      caption: "One class against the others",
      columns: [
        .init("data"), .number("d"), .number("N"), .number("M"), .number("Proposition 2"),
        .number("half-spaces: 1 - P at most"),
      ],
      rows: datasets.map { entry in
        return [
          .init(entry.data), "\(entry.dimension)", "\(entry.pointCount)", "\(entry.otherCount)",
          .init(String(format: "10^%.0f", entry.logBound)),
          .init(
            entry.halfSpaceFailure > 0
              ? String(format: "%.0e", entry.halfSpaceFailure) : "below 1e-300"),
        ]
      })
  }

  private func percent(_ probability: Double) -> Table.Cell {
    // A bound that is not 0 is not written as 0.
    .init(
      probability > 0 && probability < 5e-4
        ? String(format: "%.0e", 100 * probability) : String(format: "%.1f", 100 * probability))
  }
}
