import Foundation
import Reports
import Robustness

/// How the runs compare: the table and its charts.
struct AccuracySection {
  let groups: [RunGroup]
  let comparison: Comparison

  var section: ReportPage.Section {
    var blocks: [ReportPage.Block] = [.prose(words), .table(comparison.table)]
    if !comparison.columns.isEmpty { blocks.append(.chart(chart.vegaLite)) }
    if let budgets { blocks.append(.chart(budgets.vegaLite)) }
    let missing = groups.flatMap(\.runs)
      .filter { $0.evaluation == nil && $0.regions == nil }.map(\.folder.path)
    if !missing.isEmpty {
      blocks.append(
        .note("Not evaluated: \(missing.joined(separator: ", ")). Run `basin evaluate`."))
    }
    return .init("Accuracy", blocks)
  }

  private var words: String {
    let protocols = Set(
      groups.flatMap { $0.runs.compactMap(\.evaluation?.result.evaluationProtocol) })
    let counts = Set(groups.flatMap { $0.runs.compactMap(\.evaluation?.result.count) }).sorted()
    let rules = protocols.map { $0 == .strict ? strictWords : paperWords }.sorted()
    let sizes = counts.map(String.init).joined(separator: " or ")
    return
      (rules
      + (counts.isEmpty
        ? []
        : [
          "Over \(sizes) images; one image is "
            + String(format: "%.2f %%.", 100 / Double(counts[0]))
        ]))
      .joined(separator: "\n\n")
  }

  private let strictWords = """
    Protocol `strict`: attacks work on pixels in [0, 1], on every score function of the model (for \
    Lyapunov classifiers the paper's logits and -V). An adversarial example counts only if a fresh \
    forward pass of the model says so and it is within the budget. Intervals are Wilson's at 95 %.
    """
  private let paperWords = """
    Protocol `paper`: the paper's attacks on its logits alone, 10 steps of a eighth of the budget, \
    last iterate. It flatters models whose logits saturate.
    """

  /// Every accuracy with its interval.
  private var chart: IntervalChart {
    IntervalChart(
      title: "Accuracy by kind of images",
      summary: "Dots are measured (means over seeds), lines their 95 % intervals or deviations.",
      axisTitle: "accuracy",
      values: comparison.columns.flatMap { column in
        comparison.rows.compactMap { row in
          row.accuracies[column].map {
            .init(
              group: column, series: row.label, value: $0.mean,
              interval: row.interval(of: column))
          }
        }
      })
  }

  /// The worst case over the budget; nil without two budgets.
  private var budgets: LineChart? {
    let series = groups.compactMap { group -> LineChart.Series? in
      let evaluations = group.runs.compactMap(\.evaluation)
      let threats = evaluations.first?.result.threats.map(\.threat) ?? []
      guard !threats.isEmpty else { return nil }
      let conditions =
        [.clean]
        + threats.sorted { $0.epsilon < $1.epsilon }.map {
          Measurement.Condition.worst($0)
        }
      return .init(
        group.label,
        points: conditions.compactMap { condition in
          let found = evaluations.compactMap { Measurement(condition: condition).figure(in: $0) }
          guard let mean = Spread(found.map(\.fraction))?.mean else { return nil }
          return .init(
            x: condition.epsilon, y: mean, interval: found.count == 1 ? found[0].interval : nil)
        })
    }
    guard series.contains(where: { $0.points.count > 1 }) else { return nil }
    return LineChart(
      title: "Accuracy over the budget",
      summary: "The worst case over attacks; bands are 95 % intervals.", xTitle: "ε (L-inf)",
      yTitle: "accuracy", series: series)
  }
}

extension Measurement.Condition {
  fileprivate var epsilon: Double {
    switch self {
    case .clean, .corruption: 0
    case .attack(_, let threat), .worst(let threat): threat.epsilon
    }
  }
}

extension Comparison.Row {
  /// The Wilson interval of a single run, or the deviation over several.
  fileprivate func interval(of column: String) -> ClosedRange<Double>? {
    if let interval = intervals[column] { return interval[0]...interval[1] }
    guard let spread = accuracies[column], spread.count > 1 else { return nil }
    return max(0, spread.mean - spread.deviation)...min(1, spread.mean + spread.deviation)
  }
}
