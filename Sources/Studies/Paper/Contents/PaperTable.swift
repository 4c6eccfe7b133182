import Evaluations
import Robustness

/// A table of the paper: its rows, its columns and what has to be measured for them.
///
/// A new one is a file with such a value and a line in `PaperTable.all`.
package struct PaperTable: Sendable {
  /// Of the paper.
  package let number: Int
  /// What it shows, as a sentence.
  package let title: String
  package let rows: [PaperRow]
  /// The row that others are compared with.
  package let reference: PaperRow
  package let columns: [PaperColumn]
  /// The accuracies of `Avg` and of the paired test.
  package let averaged: [MeasuredAccuracy.Condition]
  /// What is to be known about it: choices that the paper leaves open, deviations.
  let notes: [String]
  let measurements: @Sendable (PaperAccuracySettings) -> [any PaperMeasurement]
  /// The paper's figures on a data set by the label of their row, in the order of the columns.
  package let published: PublishedTable?

  init(
    number: Int, title: String, rows: [PaperRow], reference: PaperRow = .zubovNet,
    columns: [PaperColumn], averaged: [MeasuredAccuracy.Condition] = [], notes: [String] = [],
    published: PublishedTable? = nil,
    measurements: @escaping @Sendable (PaperAccuracySettings) -> [any PaperMeasurement]
  ) {
    self.number = number
    self.title = title
    self.rows = rows
    self.reference = reference
    self.columns = columns
    self.averaged = averaged
    self.notes = notes
    self.published = published
    self.measurements = measurements
  }
}
