import Evaluations
import Foundation
import Reports
import Robustness
import Runs

extension SeparabilityStudy {
  /// The study as a page, all but the charts' script.
  package var page: ReportPage {
    ReportPage(
      title: "Proposition 2, measured",
      subtitle: "\(trials) trials for each size, seed \(seed). Written by Basin \(Basin.version).",
      sections: [
        .init(
          "Separability of uniform points",
          [
            .prose(
              """
              N points X₁ and M points X₂ are drawn independently and uniformly from [-1, 1]^d. They \
              are separable by a convex function if no point of X₂ lies in the convex hull of X₁.
              """), .chartGrid(charts), .table(table),
          ]),
        .init("At the sizes of data sets", [.table(datasetTable)]),
        .init("What it says", notes.map(ReportPage.Block.note)),
      ])
  }

  /// Frequencies and bounds over d, a chart for each N.
  package var charts: [VegaLiteChart] {
    var counts: [Int] = []
    for entry in entries where !counts.contains(entry.pointCount) {
      counts.append(entry.pointCount)
    }
    return counts.map { count in
      let group = entries.filter { $0.pointCount == count }
        .sorted { $0.dimension < $1.dimension }
      func bound(_ name: String, _ value: KeyPath<Entry, Double>) -> LineChart.Series {
        .init(
          name, group.map { (x: Double($0.dimension), y: $0[keyPath: value]) }, isDashed: true)
      }
      return LineChart(
        title: "N = \(count), M = \(group[0].otherCount)",
        summary: "Dashed lines are bounds from below.", bandMeaning: "95 % intervals",
        xTitle: "d", yTitle: "probability",
        series: [
          .init(
            "measured",
            points: group.map {
              .init(
                x: Double($0.dimension), y: $0.separable.fraction, interval: $0.separable.interval)
            }),
          .init(
            "by one coordinate",
            points: group.map {
              .init(
                x: Double($0.dimension), y: $0.separableByCoordinates.fraction,
                interval: $0.separableByCoordinates.interval)
            }), bound("Proposition 2", \.bound), bound("half-spaces", \.halfSpaceBound),
        ]
      ).vegaLite
    }
  }
}

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
