import Evaluations
import Foundation
import Reports
import Robustness

extension SeparabilityStudy {
  /// What was measured, in a line.
  package var summary: String {
    "Proposition 2: separability of uniform points by a convex function, \(trials) trials each, "
      + "seed \(seed)"
  }

  /// Bounds beside frequencies.
  package var table: Table {
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
  package var datasetTable: Table {
    Table(
      caption: "One class against the others",
      columns: [
        .init("data"), .number("d"), .number("N"), .number("M"), .number("Proposition 2"),
        .number("half-spaces: 1 - P at most"),
      ],
      rows: datasets.map { entry in
        return [
          .init(entry.data), "\(entry.dimension)", "\(entry.pointCount)", "\(entry.otherCount)",
          .init(String(format: "10^%.0f", entry.logBound.rounded(.down))),
          entry.halfSpaceFailure > 0
            ? .bound(.upper, entry.halfSpaceFailure, significantDigits: 1) : "below 1e-300",
        ]
      })
  }

  /// Of a lower bound: rounded down, and not written as 0 or 100 unless it is.
  private func percent(_ probability: Double) -> Table.Cell {
    probability > 0 && probability < 1e-3
      ? .bound(.lower, 100 * probability, significantDigits: 1)
      : .init(String(format: "%.1f", (1000 * probability).rounded(.down) / 10))
  }
}
