import Reports
import Runs

/// A figure of the paper: the runs it shows and how it is drawn.
///
/// A new one is a file with such a value and a line in `all`.
package struct PaperFigure: Sendable {
  /// Of the paper.
  package let number: Int
  /// What it shows, as a sentence.
  package let title: String
  package let rows: [PaperRow]
  /// What is to be known about it.
  let notes: [String]
  let measurements: @Sendable (PaperAccuracySettings) -> [any PaperMeasurement]
  let drawing: @Sendable ([PaperRecord]) throws -> Drawing

  /// The charts, and the figures behind them.
  struct Drawing {
    var charts: [VegaLiteChart]
    var tables: [Table] = []
    /// The names of the classes, where charts are coloured by them.
    var legend: [String] = []
    var series: [FigureResult.Series]
  }
}

/// The numbers behind a figure.
package struct FigureResult: Finding, Sendable {
  /// A curve, a set of points or a row of bars.
  package struct Series: Codable, Sendable {
    package let panel: String
    package let name: String
    /// Where points have names instead of an x.
    package var labels: [String]?
    package let x: [Double]
    package let y: [Double]
  }

  package private(set) var schemaVersion = 1
  package let figure: Int
  package let title: String
  package let data: String
  package let series: [Series]
  package let conditions: [String]
  package static var isIndented: Bool { false }
}
