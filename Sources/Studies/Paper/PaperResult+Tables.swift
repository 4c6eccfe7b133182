import Evaluations
import Foundation
import Reports

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
