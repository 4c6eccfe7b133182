/// Figures of a table as the paper prints them, by data set and label of the row.
///
/// Luo, Zou, Huang, "Learning Aligned Stability in Neural ODEs Reconciling Accuracy with
/// Robustness". They are shown beside ours and marked as the paper's.
package struct PublishedTable: Sendable {
  /// The titles of the columns.
  package let columns: [String]
  private let rows: [String: [String: [Double?]]]

  /// The data sets that it has.
  package var datasets: [String] { rows.keys.sorted() }
  /// The labels of its rows on a data set.
  package func labels(on data: String) -> [String] { (rows[data] ?? [:]).keys.sorted() }

  /// - Parameter text: lines of a data set, a label and a figure for each column, separated by
  ///   commas; `-` for one that the paper does not have.
  init(_ columns: [String], _ text: String) {
    self.columns = columns
    var rows: [String: [String: [Double?]]] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ";").map { $0.trimmingPrefix(" ") }
      let figures = parts[2].split(separator: ",").map { Double($0.trimmingPrefix(" ")) }
      precondition(figures.count == columns.count, "published: \(line)")
      rows[String(parts[0]), default: [:]][String(parts[1])] = figures
    }
    self.rows = rows
  }

  /// The figures of a row by the title of their column; nil where the paper has none on the data.
  package func figures(on data: String, row label: String) -> [String: Double]? {
    rows[data]?[label].map { figures in
      Dictionary(
        uniqueKeysWithValues: zip(columns, figures).compactMap { title, figure in
          figure.map { (title, $0) }
        })
    }
  }
}
