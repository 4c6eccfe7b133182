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
  package var reference = PaperRow.zubovNet
  package let columns: [PaperColumn]
  /// The accuracies of `Avg` and of the paired test.
  package var averaged: [MeasuredAccuracy.Condition] = []
  /// What is to be known about it: choices that the paper leaves open, deviations.
  var notes: [String] = []
  /// The paper's figures on a data set by the label of their row, in the order of the columns.
  package var published: PublishedTable?
  let measurements: @Sendable (PaperAccuracySettings) -> [any PaperMeasurement]
}
