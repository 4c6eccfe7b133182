/// Curves over a common axis: loss terms over steps, V of the classes, accuracy over epsilon.
///
/// The reader can hover for the figures, click the legend for single curves, zoom and pan.
public struct LineChart: Equatable, Sendable {
  /// One point of a curve, with the interval in which it lies, if known.
  public struct Point: Equatable, Sendable {
    /// The place along the horizontal axis.
    public var x: Double
    /// The place along the vertical axis; left out on a logarithmic one unless positive.
    public var y: Double
    /// Where y may lie, drawn as a band along the curve; `nil` where nothing is known.
    public var interval: ClosedRange<Double>?

    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  /// A named curve; its points are in the order of their x.
  public struct Series: Equatable, Sendable {
    /// What the legend calls the curve; no other of the chart has this name.
    public var name: String
    /// What the curve runs through, in straight lines.
    public var points: [Point]
    /// Whether the line is broken, as of a bound or a reference.
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

  /// What the chart shows, in a few words.
  public var title: String
  /// How to read the chart, in a sentence or two; also what a screen reader says in its place.
  public var summary: String

  /// What the intervals of points are, such as `95 % intervals`; said only where there are any.
  public var bandMeaning: String?
  /// What x is, with its unit.
  public var xTitle: String
  /// What y is, with its unit.
  public var yTitle: String
  /// How y is spaced; linear by default.
  public var yScale: Scale
  /// The curves, in the order of the legend and of their colours.
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
      layers: (hasIntervals ? [bands] : []) + [lines] + (hasLonePoints ? [dots] : []) + [readout])
  }
}
