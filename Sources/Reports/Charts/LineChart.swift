/// Curves over a common axis: loss terms over steps, V of the classes, accuracy over epsilon.
///
/// The reader can hover for the figures, click the legend for single curves, zoom and pan.
public struct LineChart: Equatable, Sendable {
  /// One point of a curve, with the interval in which it lies, if known.
  public struct Point: Equatable, Sendable {
    public var x: Double
    public var y: Double
    public var interval: ClosedRange<Double>?

    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  /// A named curve; its points are in the order of their x.
  public struct Series: Equatable, Sendable {
    public var name: String
    public var points: [Point]
    public var isDashed: Bool

    public init(_ name: String, points: [Point], isDashed: Bool = false) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
    }

    /// Creates a curve through pairs of x and y.
    public init(_ name: String, _ points: [(x: Double, y: Double)], isDashed: Bool = false) {
      self.init(name, points: points.map { Point(x: $0.x, y: $0.y) }, isDashed: isDashed)
    }
  }

  /// How figures are spaced along the vertical axis.
  public enum Scale: Equatable, Sendable {
    case linear

    /// Logarithmic; points that are not positive are left out.
    case logarithmic
  }

  public var title: String
  public var summary: String

  /// What the intervals of points are, such as `95 % intervals`; said only where there are any.
  public var bandMeaning: String?
  public var xTitle: String
  public var yTitle: String
  public var yScale: Scale
  public var series: [Series]

  /// Creates a chart of `series`, whose names differ.
  public init(
    title: String, summary: String, bandMeaning: String? = nil, xTitle: String, yTitle: String,
    yScale: Scale = .linear, series: [Series]
  ) {
    self.title = title
    self.summary = summary
    self.bandMeaning = bandMeaning
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.yScale = yScale
    self.series = series
  }

  /// The chart as a Vega-Lite specification.
  public var vegaLite: VegaLiteChart {
    VegaLiteChart(
      title: title, summary: summary.explaining("Bands", hasIntervals ? bandMeaning : nil),
      height: 300, data: data,
      encoding: [
        "x": [
          "field": "x", "type": "quantitative", "title": .string(xTitle),
          "scale": ["zero": false, "nice": false],
        ],
        "color": [
          "field": "series", "type": "nominal", "title": nil,
          "scale": ["domain": .strings(series.map(\.name))],
          "legend": ["symbolType": "stroke"],
        ],
      ],
      layers: (hasIntervals ? [bands] : []) + [lines, readout])
  }
}
