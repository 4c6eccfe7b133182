import Evaluations
import Reports
import Robustness

extension PaperFigure {
  /// Fig. 4: accuracies for eight settings of the loss weights λ1, λ2 and λ3, each relative to the
  /// best of the eight.
  static let lossWeights = PaperFigure(
    number: 4, title: "Accuracies over the loss weights, relative to the best",
    rows: LossWeights.all.map(\.row),
    notes: [
      "The text of the paper does not give the weights of its eight configurations: here they are the "
        + "paper's own, each of the three halved and doubled, and all halved."
    ],
    measurements: { settings in
      [AccuracyMeasurement.corruptions(settings), AccuracyMeasurement.attacks(settings)]
    },
    drawing: draw)

  /// Clean accuracy, the means over the corruptions of Table I and over the attacks of Table II at
  /// 8/255, and the mean of all three.
  private static let metrics: [(name: String, value: @Sendable (PaperRecord) -> Double?)] = {
    let noise = PaperColumn(mean: PaperTable.corruptions.averaged)
    let attacks = PaperColumn(
      mean: PaperTable.ablations.averaged.filter {
        if case .attack = $0 { true } else { false }
      })
    let clean: @Sendable (PaperRecord) -> Double? = { $0.figure(.clean).map { 100 * $0 } }
    let overall: @Sendable (PaperRecord) -> Double? = { record in
      let parts = [clean(record), noise.value(of: record), attacks.value(of: record)]
      let known = parts.compactMap { $0 }
      return known.count == parts.count ? known.reduce(0, +) / Double(known.count) : nil
    }
    return [
      ("overall", overall), ("noise", { noise.value(of: $0) }),
      ("adversarial", { attacks.value(of: $0) }), ("clean", clean),
    ]
  }()

  private static func draw(_ records: [PaperRecord]) -> Drawing {
    var drawing = Drawing(charts: [], series: [])
    var values: [IntervalChart.Value] = []
    var table = Table(
      caption: "Means over seeds in percent",
      columns: [.init("λ1, λ2, λ3")] + metrics.map { .number($0.name) })
    let rows = LossWeights.all.map(\.row)
    let figures = rows.map { row in
      metrics.map { metric in
        Spread(records.filter { $0.row.name == row.name }.compactMap(metric.value))
      }
    }
    for (place, metric) in metrics.enumerated() {
      guard let best = figures.compactMap({ $0[place]?.mean }).max(), best > 0 else { continue }
      var series: (labels: [String], y: [Double]) = ([], [])
      for (row, own) in zip(rows, figures) {
        guard let spread = own[place] else { continue }
        let share = spread.mean / best
        series.labels.append(row.label)
        series.y.append(share)
        values.append(
          .init(
            group: row.label, series: metric.name, value: share,
            interval: spread.count > 1
              ? (spread.mean - spread.deviation) / best...(spread.mean + spread.deviation) / best
              : nil))
      }
      drawing.series.append(
        .init(
          panel: "relative", name: metric.name, labels: series.labels,
          x: series.y.indices.map(Double.init), y: series.y))
    }
    for (row, own) in zip(rows, figures) {
      table.append(
        [.init(row.label)]
          + own.map { .spread($0, decimals: 2) })
    }
    drawing.tables = [table]
    if !values.isEmpty {
      drawing.charts = [
        IntervalChart(
          title: "Fig. 4: loss weights",
          summary: "Each accuracy relative to the best of the eight.",
          intervalMeaning: "a standard deviation over seeds to both sides",
          axisTitle: "share of the best", values: values
        ).vegaLite
      ]
    }
    return drawing
  }
}

/// A setting of λ1 (auxiliary cross entropy), λ2 (consistency) and λ3 (separation).
private struct LossWeights {
  let auxiliary: Double
  let consistency: Double
  let separation: Double

  /// The paper's.
  static let published = LossWeights(auxiliary: 1.5, consistency: 0.12, separation: 0.9)

  static let all: [LossWeights] = {
    let p = published
    func scaled(_ a: Double, _ b: Double, _ c: Double) -> LossWeights {
      LossWeights(
        auxiliary: p.auxiliary * a, consistency: p.consistency * b, separation: p.separation * c)
    }
    return [
      p, scaled(0.5, 1, 1), scaled(2, 1, 1), scaled(1, 0.5, 1), scaled(1, 2, 1), scaled(1, 1, 0.5),
      scaled(1, 1, 2), scaled(0.5, 0.5, 0.5),
    ]
  }()

  var row: PaperRow {
    let label = "\(auxiliary), \(consistency), \(separation)"
    guard label != Self.published.label else { return PaperRow("zubov-net", label) }
    return PaperRow(
      "zubov-weights-\(auxiliary)-\(consistency)-\(separation)", label, method: "zubov-net",
      "model.losses.auxiliary=\(auxiliary)", "model.losses.consistency=\(consistency)",
      "model.losses.separation=\(separation)")
  }

  private var label: String { "\(auxiliary), \(consistency), \(separation)" }
}
