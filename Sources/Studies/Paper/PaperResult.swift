import Evaluations
import Foundation
import Runs

/// A table of the paper, filled with what has been measured so far.
public struct PaperResult: Finding, Sendable {
  public struct Row: Codable, Sendable {
    public let name: String
    public let label: String
    /// The seeds of the runs behind it.
    public let seeds: [UInt64]
    /// Means over seeds by the title of their column; accuracies in percent.
    public let figures: [String: Spread]
    /// The paper's, where it has the row on these data.
    public let published: [String: Double]?
    /// Against the table's reference row.
    public let difference: PairedDifference?
  }

  public private(set) var schemaVersion = 1
  public let table: Int
  public let title: String
  public let data: String
  public let columns: [String]
  public let rows: [Row]
  /// The row that differences are to.
  public let reference: String
  /// How the figures came about.
  public let conditions: [String]

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
  fileprivate func scores(over conditions: [Evaluations.Measurement.Condition]) -> [Int: Double]? {
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
