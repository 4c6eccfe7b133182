import Evaluations
import Reports

extension PaperFigure {
  /// Fig. 3: features of LyaNet and Zubov-Net by t-SNE, clean, attacked and noisy.
  static let features = PaperFigure(
    number: 3, title: "Final states of test images by t-SNE", rows: [.lyaNet, .zubovNet],
    notes: [
      "Pictures are of the first seed, the figures below of all. Silhouette and neighbours are of h(T) "
        + "itself, not of the picture: distances between clusters of a t-SNE mean little. The paper "
        + "gives neither the budget of its FGSM nor the severity of its noise."
    ],
    measurements: { settings in
      [FeatureMapMeasurement(imagesPerClass: settings.imagesPerClass)]
    },
    drawing: draw)

  private static func draw(_ records: [PaperRecord]) -> Drawing {
    let known = records.compactMap { record in
      record.finding(of: FeatureMap.self).map { (record, $0) }
    }
    var drawing = Drawing(charts: [], series: [])
    var table = Table(
      caption: "How well classes stay together at h(T), mean over seeds",
      columns: [
        .init("method"), .init("images"), .number("silhouette"),
        .number("10 nearest of own class, %"),
      ])
    for row in features.rows {
      let own = known.filter { $0.0.row.name == row.name }
      guard let first = own.first else { continue }
      drawing.charts +=
        ScatterChart(
          classNames: first.1.classNames,
          panels: first.1.panels.map { panel in
            .init(
              "\(row.label), \(panel.condition)", summary: "t-SNE of h(T).",
              points: zip(zip(panel.x, panel.y), first.1.labels).map {
                .init(x: $0.0, y: $0.1, classIndex: $1)
              })
          }
        ).vegaLite
      drawing.legend = first.1.classNames
      for (place, panel) in first.1.panels.enumerated() {
        drawing.series.append(
          .init(panel: row.label, name: panel.condition, x: panel.x, y: panel.y))
        let panels = own.map { $0.1.panels[place] }
        table.append([
          .init(row.label), .init(panel.condition),
          .spread(Spread(panels.map(\.silhouette)), decimals: 3),
          .spread(Spread(panels.map { 100 * $0.neighborAccuracy }), decimals: 1),
        ])
      }
    }
    drawing.tables = table.rows.isEmpty ? [] : [table]
    return drawing
  }
}
