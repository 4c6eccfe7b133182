import Reports
import Runs

/// How a training went: every term of the loss, and V as in the paper's Fig. 5.
struct TrainingSection {
  let group: RunGroup

  var blocks: [ReportPage.Block] {
    let run = group.first
    guard !run.metrics.steps.isEmpty else { return [] }
    var charts = [losses(of: run)]
    if let values = values(of: run) { charts.append(values) }
    if let accuracies = accuracies(of: run) { charts.append(accuracies) }
    return [.chartGrid(charts.map(\.vegaLite))]
  }

  /// One run stands for its group.
  private var title: String {
    guard group.runs.count > 1, let seed = group.first.configuration?.seed else {
      return group.label
    }
    return "\(group.label), seed \(seed)"
  }

  private let bandMeaning = "the range of neighbouring steps, whose mean is the line"

  /// Diagnostics are no losses.
  private static let valuePrefix = "value_"

  private func losses(of run: RunRecord) -> LineChart {
    LineChart(
      title: "\(title): loss terms",
      summary: "Unweighted, by step. Click a name to see it alone.", bandMeaning: bandMeaning,
      xTitle: "step", yTitle: "loss", yScale: .logarithmic,
      series: run.metrics.termNames.filter { !$0.hasPrefix(Self.valuePrefix) }.map {
        LineChart.Series($0, run.metrics.curve($0)).summarized(into: 120)
      })
  }

  private func values(of run: RunRecord) -> LineChart? {
    let names = [
      ("value_target", "target class"), ("value_nearest_other", "nearest other class"),
      ("value_others", "mean of the others"),
    ].filter { run.metrics.termNames.contains($0.0) }
    guard !names.isEmpty else { return nil }
    return LineChart(
      title: "\(title): V at h(T)",
      summary: "In the paper's Fig. 5, V of the target class falls and V of the others rises.",
      bandMeaning: bandMeaning,
      xTitle: "step", yTitle: "V", yScale: .logarithmic,
      series: names.map { LineChart.Series($1, run.metrics.curve($0)).summarized(into: 120) })
  }

  private func accuracies(of run: RunRecord) -> LineChart? {
    func curve(_ value: (Metrics.Mark) -> Double?) -> [(x: Double, y: Double)] {
      run.metrics.epochs.compactMap { mark in
        guard let epoch = mark.epoch, let y = value(mark) else { return nil }
        return (Double(epoch), y)
      }
    }
    let series = [
      ("training samples", curve(\.trainAccuracy)), ("validation", curve(\.validationAccuracy)),
    ].filter { !$0.1.isEmpty }
    guard !series.isEmpty else { return nil }
    return LineChart(
      title: "\(title): accuracy", summary: "After each epoch.", xTitle: "epoch",
      yTitle: "accuracy", series: series.map { LineChart.Series($0, $1) })
  }
}
