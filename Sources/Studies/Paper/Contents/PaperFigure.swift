import Reports
import Runs

/// A figure of the paper: the runs it shows and how it is drawn.
///
/// A new one is a file with such a value and a line in `all`.
public struct PaperFigure: Sendable {
  /// Of the paper.
  public let number: Int
  /// What it shows, as a sentence.
  public let title: String
  public let rows: [PaperRow]
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
public struct FigureResult: Finding, Sendable {
  /// A curve, a set of points or a row of bars.
  public struct Series: Codable, Sendable {
    public let panel: String
    public let name: String
    /// Where points have names instead of an x.
    public var labels: [String]?
    public let x: [Double]
    public let y: [Double]

    init(panel: String, name: String, labels: [String]? = nil, x: [Double], y: [Double]) {
      self.panel = panel
      self.name = name
      self.labels = labels
      self.x = x
      self.y = y
    }
  }

  public private(set) var schemaVersion = 1
  public let figure: Int
  public let title: String
  public let data: String
  public let series: [Series]
  public let conditions: [String]
  public static var isIndented: Bool { false }

  init(figure: Int, title: String, data: String, series: [Series], conditions: [String]) {
    self.figure = figure
    self.title = title
    self.data = data
    self.series = series
    self.conditions = conditions
  }
}
