import Reports
import Runs

extension PaperFigure {
  /// Fig. 5: the terms of Zubov-Net's loss over training, and V of the own class and of the others.
  static let trainingDynamics = PaperFigure(
    number: 5, title: "Loss terms and Lyapunov values over training", rows: [.zubovNet],
    notes: [
      "A curve is the mean over seeds of the mean of neighbouring steps. Terms are unweighted."
    ],
    measurements: { _ in [] }, drawing: draw)

  /// Panels of the paper by the names of the terms in `metrics.jsonl`.
  private static let panels: [(title: String, terms: [(name: String, title: String)])] = [
    ("Separation loss", [("sep", "L_sep")]),
    ("Classification loss", [("cla", "L_cla")]),
    ("Consistency loss", [("con", "L_con")]),
    ("Auxiliary cross entropy", [("fc", "L_FC")]),
    (
      "Lyapunov values at h(T)",
      [("value_target", "target class"), ("value_others", "mean of the others")]
    ),
  ]

  private static let pointCount = 120

  private static func draw(_ records: [PaperRecord]) throws -> Drawing {
    let metrics = try records.map { try Metrics(contentsOf: $0.folder.metrics) }
    var drawing = Drawing(charts: [], series: [])
    for panel in panels {
      let curves = panel.terms.compactMap { term -> LineChart.Series? in
        let points = metrics.map { metrics in
          LineChart.Series(term.title, metrics.curve(term.name)).summarized(into: pointCount).points
        }.filter { !$0.isEmpty }
        guard let length = points.map(\.count).min() else { return nil }
        return LineChart.Series(
          term.title,
          points: (0..<length).map { place in
            let values = points.map { $0[place].y }
            return .init(
              x: points[0][place].x, y: values.reduce(0, +) / Double(values.count),
              interval: values.count > 1 ? values.min()!...values.max()! : nil)
          })
      }
      guard !curves.isEmpty else { continue }
      drawing.charts.append(
        LineChart(
          title: panel.title, summary: "Means over seeds.",
          bandMeaning: "the least and the most", xTitle: "step", yTitle: panel.title,
          yScale: .logarithmic, series: curves
        ).vegaLite)
      drawing.series += curves.map { curve in
        .init(
          panel: panel.title, name: curve.name, x: curve.points.map(\.x), y: curve.points.map(\.y))
      }
    }
    return drawing
  }
}
