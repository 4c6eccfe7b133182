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
