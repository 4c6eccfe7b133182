import Evaluations
import Foundation
import Reports
import Runs

/// A table of the paper, filled with what has been measured so far.
package struct PaperResult: Finding, Sendable {
  package struct Row: Codable, Sendable {
    package let name: String
    package let label: String
    /// The seeds of the runs behind it.
    package let seeds: [UInt64]
    /// Means over seeds by the title of their column; accuracies in percent.
    package let figures: [String: Spread]
    /// The paper's, where it has the row on these data.
    package let published: [String: Double]?
    /// Against the table's reference row.
    package let difference: PairedDifference?
  }

  package private(set) var schemaVersion = 1
  package let table: Int
  package let title: String
  package let data: String
  package let columns: [String]
  package let rows: [Row]
  /// The row that differences are to.
  package let reference: String
  /// How the figures came about.
  package let conditions: [String]

  /// Collects what is there.
  init(
    _ table: PaperTable, data: String, records: [PaperRecord], rows: [PaperRow],
    conditions: [String]
  ) {
    self.table = table.number
    title = table.title
    self.data = data
    columns = table.columns.map(\.title)
    reference = table.reference.name
    self.conditions = conditions
    func scores(of row: PaperRow) -> [UInt64: [Int: Double]] {
      Dictionary(
        uniqueKeysWithValues: records.filter { $0.row.name == row.name }.compactMap { record in
          record.scores(over: table.averaged).map { (record.seed, $0) }
        })
    }
    let referenceScores = scores(of: table.reference)
    self.rows = rows.map { row in
      let own = records.filter { $0.row.name == row.name }
      var figures: [String: Spread] = [:]
      for column in table.columns {
        figures[column.title] = Spread(own.compactMap(column.value))
      }
      return Row(
        name: row.name, label: row.label, seeds: own.map(\.seed), figures: figures,
        published: table.published?.figures(on: data, row: row.label),
        difference: row.name == table.reference.name
          ? nil : PairedDifference(reference: referenceScores, other: scores(of: row)))
    }
  }
}

extension PaperRecord {
  /// For each sample the mean of its outcomes over conditions; nil unless all are known.
  fileprivate func scores(over conditions: [MeasuredAccuracy.Condition]) -> [Int: Double]? {
    let found = conditions.compactMap(outcomes)
    guard !found.isEmpty, found.count == conditions.count else { return nil }
    // Other evaluations may be of other samples.
    return found[0].keys.reduce(into: [:]) { scores, sample in
      let shares = found.compactMap { $0[sample] }
      if shares.count == found.count {
        scores[sample] = shares.reduce(0, +) / Double(shares.count)
      }
    }
  }
}

extension PaperResult {
  /// The table as in the paper, the paper's own figures in rows of their own below ours.
  func table(of definition: PaperTable) -> Table {
    let seeds = rows.map(\.seeds.count).max() ?? 0
    var table = Table(
      caption: "Table \(number(self.table)). \(title) (\(data)"
        + (seeds > 1 ? "; mean ± standard deviation over \(seeds) seeds)" : ")"),
      columns: [.init("method")] + definition.columns.map { .number($0.title) })
    for row in rows {
      table.append(
        [.init(row.label)]
          + definition.columns.map { column in
            guard let spread = row.figures[column.title] else { return .missing }
            return .init(
              column.text(spread.mean),
              detail: spread.count > 1 ? "± " + column.text(spread.deviation) : nil,
              isEmphasized: isBest(spread, in: column))
          })
      guard let published = row.published else { continue }
      table.append(
        [.init("\(row.label), the paper's")]
          + definition.columns.map { column in
            published[column.title].map { .init(column.text($0)) } ?? .missing
          })
    }
    return table
  }

  private func isBest(_ spread: Spread, in column: PaperColumn) -> Bool {
    let rivals = rows.compactMap { $0.figures[column.title]?.mean }
    guard let isBetterWhenLarger = column.isBetterWhenLarger, rivals.max() != rivals.min() else {
      return false
    }
    return spread.mean == (isBetterWhenLarger ? rivals.max() : rivals.min())
  }

  /// Paired differences to the reference row; nil where nothing is compared.
  var differenceTable: Table? {
    let compared = rows.compactMap { row in row.difference.map { (row.label, $0) } }
    guard !compared.isEmpty else { return nil }
    let label = rows.first { $0.name == reference }?.label ?? reference
    return Table(
      caption: "Avg minus that of \(label), in points, on the same images",
      columns: [
        .init("method"), .number("difference"), .number("95 % interval"), .number("p"),
        .number("images"), .number("seeds"),
      ],
      rows: compared.map { label, difference in
        [
          .init(label), .init(signed(difference.difference)),
          .init("\(signed(difference.lower)) to \(signed(difference.upper))"),
          .init(difference.pValue < 0.001 ? "< 0.001" : String(format: "%.3f", difference.pValue)),
          .init("\(difference.imageCount)"), .init("\(difference.seedCount)"),
        ]
      })
  }

  private func signed(_ value: Double) -> String { String(format: "%+.2f", value) }
  private func number(_ table: Int) -> String {
    ["I", "II", "III", "IV", "V", "VI"][table - 1]
  }

  /// Means with the interval of the paired difference to the reference put around them.
  var chart: IntervalChart? {
    let values = rows.flatMap { row -> [IntervalChart.Value] in
      guard let spread = row.figures["Avg"] else { return [] }
      let own = IntervalChart.Value(
        group: row.label, series: "here", value: spread.mean / 100,
        interval: spread.count > 1
          ? max(0, spread.mean - spread.deviation) / 100...min(100, spread.mean + spread.deviation)
            / 100 : nil)
      let published = row.published?["Avg"].map {
        IntervalChart.Value(group: row.label, series: "the paper's", value: $0 / 100)
      }
      return [own] + [published].compactMap { $0 }
    }
    guard values.count > 1 else { return nil }
    return IntervalChart(
      title: "Avg of Table \(number(table))",
      summary: values.contains { $0.series != "here" }
        ? "Means over seeds; the paper's beside them." : "Means over seeds.",
      intervalMeaning: "a standard deviation over seeds to both sides",
      axisTitle: "accuracy", values: values)
  }
}

extension Table.Cell {
  /// A mean with its deviation where there are several figures.
  static func spread(_ spread: Spread?, decimals: Int) -> Table.Cell {
    guard let spread else { return .missing }
    return Table.Cell(
      spread.mean.written(decimals: decimals),
      detail: spread.count > 1 ? "± \(spread.deviation.written(decimals: decimals))" : nil)
  }
}
