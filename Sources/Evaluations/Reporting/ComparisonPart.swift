import Reports

/// Runs that were measured in the same setting, beside each other.
package struct ComparisonPart: Codable, Sendable {
  package struct Row: Codable, Sendable {
    package let label: String
    package let method: String
    /// The folders, one a seed.
    package let runs: [String]
    /// Mean accuracies over seeds by the title of their column.
    package let accuracies: [String: Spread]
    /// The Wilson interval, of a single run.
    package let intervals: [String: [Double]]
  }

  package let setting: EvaluationSetting
  /// The setting in words that no other part has.
  package let title: String
  /// Titles, what matters most first.
  package let columns: [String]
  package let rows: [Row]
  /// Columns of single corruptions, which have a table of their own.
  package let corruptions: [String]

  init(_ setting: EvaluationSetting, title: String, of groups: [RunGroup]) {
    let members = groups.compactMap { $0.measured(in: setting) }
    let measurements = MeasuredAccuracy.all(
      in: members.flatMap { $0.runs.compactMap(\.evaluation) })
    let titles = measurements.map { ($0, $0.title(among: measurements)) }
    self.setting = setting
    self.title = title
    columns = titles.map(\.1)
    corruptions = titles.filter { $0.0.isOneCorruption }.map(\.1)
    rows = members.map { group in
      var accuracies: [String: Spread] = [:]
      var intervals: [String: [Double]] = [:]
      for (measurement, title) in titles {
        let found = group.runs.compactMap { $0.evaluation.flatMap(measurement.figure) }
        accuracies[title] = Spread(found.map(\.fraction))
        if found.count == 1, let interval = found[0].interval {
          intervals[title] = [interval.lowerBound, interval.upperBound]
        }
      }
      return Row(
        label: group.label, method: group.first.method,
        runs: group.runs.map(\.path), accuracies: accuracies, intervals: intervals)
    }
  }

  /// One row a method, one column a kind of images; the best of a column stands out. Several kinds
  /// of corruption have a table of their own.
  package var tables: [Table] {
    let main = columns.filter { corruptions.count == 1 || !corruptions.contains($0) }
    let tables = [table("\(title): accuracy in percent\(scatter)", main)]
    guard corruptions.count > 1 else { return tables }
    return tables + [table("\(title): accuracy by corruption, in percent", corruptions)]
  }

  /// What qualifies the figures.
  private var scatter: String {
    let seeds = rows.flatMap { $0.accuracies.values.map(\.count) }.max() ?? 1
    return [
      seeds > 1 ? "mean ± standard deviation over up to \(seeds) seeds" : nil,
      rows.contains { !$0.intervals.isEmpty } ? "[95 % interval] of one run" : nil,
    ].compactMap { $0 }.map { ", \($0)" }.joined()
  }

  private func table(_ caption: String, _ columns: [String]) -> Table {
    Table(
      caption: caption, columns: [.init("method")] + columns.map { .number($0) },
      rows: rows.map { row in [.init(row.label)] + columns.map { cell(row, $0) } })
  }

  private func cell(_ row: Row, _ column: String) -> Table.Cell {
    guard let value = row.accuracies[column] else { return .missing }
    let rivals = rows.compactMap { $0.accuracies[column]?.mean }
    let isBest = rivals.count > 1 && value.mean == rivals.max()
    if value.count > 1 {
      var cell = Table.Cell.percentage(value.mean, isEmphasized: isBest)
      cell.detail = "± " + (100 * value.deviation).written(decimals: 1)
      return cell
    }
    return .percentage(
      value.mean, interval: row.intervals[column].map { $0[0]...$0[1] }, isEmphasized: isBest)
  }
}

extension ComparisonPart.Row {
  /// The Wilson interval of a single run, or the deviation over several.
  func interval(of column: String) -> ClosedRange<Double>? {
    if let interval = intervals[column] { return interval[0]...interval[1] }
    return accuracies[column].flatMap(\.deviationInterval)
  }
}
