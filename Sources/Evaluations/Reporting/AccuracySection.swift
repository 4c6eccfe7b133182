import Foundation
import Reports
import Robustness
import StableDynamics

/// How the runs measured in one setting compare: the tables and their charts.
struct AccuracySection {
  let part: ComparisonPart
  let groups: [RunGroup]
  /// Whether the page has other settings too.
  let isOneOfSeveral: Bool

  var section: ReportPage.Section {
    var blocks: [ReportPage.Block] = [.prose(words)]
    if isOneOfSeveral { blocks.append(.note(warning)) }
    blocks += part.tables.map(ReportPage.Block.table)
    blocks.append(.chart(chart.vegaLite))
    blocks += budgets.map { .chart($0.vegaLite) }
    return .init(isOneOfSeveral ? "Accuracy: \(part.title)" : "Accuracy", blocks)
  }

  private var words: String {
    let setting = part.setting
    let size =
      "Measured on \(setting.sampleCount) samples of the \(setting.split.rawValue) split of "
      + "\(setting.data); one sample is "
      + String(format: "%.2f points.", 100 / Double(setting.sampleCount))
    return [
      setting.evaluationProtocol == .strict ? strictWords : paperWords,
      setting.isCascade ? cascadeWords : nil, size,
    ].compactMap { $0 }.joined(separator: "\n\n")
  }

  private let warning = """
    Not all runs of this page were measured on the same samples under the same protocol. Each \
    setting has tables of its own; figures of different settings are not comparable.
    """
  private let strictWords = """
    Protocol `strict`: attacks work on pixels in [0, 1], on every score function of the model (for \
    Lyapunov classifiers the paper's logits and -V). An adversarial example counts only if a fresh \
    forward pass of the model says so and it is within the budget. Intervals are Wilson's at 95 %.
    """
  private let paperWords = """
    Protocol `paper`: the paper's attacks on its logits alone, 10 steps of an eighth of the budget, \
    last iterate. It flatters models whose logits saturate. Intervals are Wilson's at 95 %.
    """
  private let cascadeWords = """
    A cascade: each attack saw only what those before it had left, so its accuracy is that after all \
    of them.
    """

  /// What intervals of the charts are.
  private var intervalMeaning: String {
    let counts = part.rows.flatMap { $0.accuracies.values.map(\.count) }
    let meanings = [
      counts.contains(1) ? "95 % intervals of single runs" : nil,
      counts.contains { $0 > 1 } ? "a standard deviation over seeds to both sides" : nil,
    ]
    return meanings.compactMap { $0 }.joined(separator: ", ")
  }

  /// Every accuracy with its interval.
  private var chart: IntervalChart {
    let isMean = part.rows.contains { $0.accuracies.values.contains { $0.count > 1 } }
    return IntervalChart(
      title: "Accuracy by kind of images",
      summary: "Dots are \(isMean ? "means over seeds" : "measured").",
      intervalMeaning: intervalMeaning, axisTitle: "accuracy",
      values: part.columns.flatMap { column in
        part.rows.compactMap { row in
          row.accuracies[column].map {
            .init(
              group: column, series: row.label, value: $0.mean, interval: row.interval(of: column))
          }
        }
      })
  }

  /// The worst case over the budget, from clean on; a chart for each norm.
  private var budgets: [LineChart] {
    ThreatModel.Norm.allCases.compactMap { norm in
      let curves = groups.compactMap { $0.measured(in: part.setting) }
        .flatMap { BudgetCurve.all(of: $0, norm) }
      guard curves.contains(where: { $0.points.count > 1 }) else { return nil }
      let isUniform = Set(curves.map(\.attacks)).count == 1
      return LineChart(
        title: "Accuracy over the budget",
        summary: isUniform
          ? "Right under all of \(curves[0].attacks.joined(separator: ", ")); 0 is clean."
          : "Right under all attacks named beside the method; 0 is clean.",
        bandMeaning: intervalMeaning, xTitle: "ε (\(norm.rawValue))", yTitle: "accuracy",
        series: curves.map { curve in
          let attacks = isUniform ? "" : ": \(curve.attacks.joined(separator: ", "))"
          return .init(curve.label + attacks, points: curve.points)
        })
    }
  }
}

/// The worst case over the same attacks against the budget, of one group.
private struct BudgetCurve {
  let label: String
  let attacks: [String]
  let points: [LineChart.Point]

  /// A curve for each list of attacks that a run of the group was put to.
  static func all(of group: RunGroup, _ norm: ThreatModel.Norm) -> [BudgetCurve] {
    let threats = group.runs.compactMap(\.evaluation).flatMap(\.result.threats)
      .filter { $0.threat.norm == norm && !$0.attacks.isEmpty }
    let lists = Set(threats.map { $0.attacks.map(\.name).sorted() })
    return lists.sorted { $0.lexicographicallyPrecedes($1) }.map { attacks in
      let own = threats.filter { $0.attacks.map(\.name).sorted() == attacks }
      let budgets = Set(own.map(\.threat)).sorted { $0.epsilon < $1.epsilon }
      return BudgetCurve(
        label: group.label, attacks: attacks,
        points: ([nil] + budgets).compactMap { threat in
          let found =
            threat.map { threat in own.filter { $0.threat == threat }.map(\.worstCase) }
            ?? group.runs.compactMap { $0.evaluation?.result.clean }
          guard let spread = Spread(found.map(\.fraction)) else { return nil }
          return .init(
            x: threat?.epsilon ?? 0, y: spread.mean,
            interval: found.count == 1 ? found[0].interval : spread.deviationInterval)
        })
    }
  }
}
