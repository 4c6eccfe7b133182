import Evaluations
import Foundation
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
