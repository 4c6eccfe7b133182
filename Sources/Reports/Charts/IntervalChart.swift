/// Figures with their intervals, in groups: the accuracy of each method under each attack.
///
/// Groups go down the page, so that their names stay readable on a phone.
public struct IntervalChart: Equatable, Sendable {
  /// How a figure is drawn; its interval is a line in both.
  public enum Mark: Equatable, Sendable {
    /// A dot, which suits an axis that does not begin at zero.
    case point

    /// A bar from zero.
    case bar
  }

  /// How figures are written.
  public enum Unit: Equatable, Sendable {
    case number

    /// Fractions, written in percent.
    case fraction
  }

  /// One figure: which group and series it belongs to, and the interval in which it lies.
  public struct Value: Equatable, Sendable {
    /// What the figure's row is called, such as a method.
    public var group: String
    /// What the figure's colour stands for, such as an attack; each group has one figure of a
    /// series.
    public var series: String
    /// The figure itself: a fraction in [0, 1] if the chart's unit is `fraction`.
    public var value: Double
    /// Where the figure may lie, drawn as a line; `nil` where nothing is known.
    public var interval: ClosedRange<Double>?

    /// Creates the figure of a series in a group.
    public init(
      group: String, series: String, value: Double, interval: ClosedRange<Double>? = nil
    ) {
      self.group = group
      self.series = series
      self.value = value
      self.interval = interval
    }
  }

  /// What the chart shows, in a few words.
  public var title: String
  /// How to read the chart, in a sentence or two; also what a screen reader says in its place.
  public var summary: String

  /// What the intervals are, such as `95 % intervals`; said only where there are any.
  public var intervalMeaning: String?
  /// What the figures are, written below their axis.
  public var axisTitle: String
  /// How figures are written on the axis and in tooltips.
  public var unit: Unit
  /// How figures are drawn: dots by default.
  public var mark: Mark

  /// The ends of the axis; those of the data if `nil`.
  public var domain: ClosedRange<Double>?

  /// The figures; groups and series keep the order in which they first appear.
  public var values: [Value]

  /// Creates a chart of figures, by default fractions drawn as dots.
  public init(
    title: String, summary: String, intervalMeaning: String? = nil, axisTitle: String,
    unit: Unit = .fraction, mark: Mark = .point, domain: ClosedRange<Double>? = nil,
    values: [Value]
  ) {
    self.title = title
    self.summary = summary
    self.intervalMeaning = intervalMeaning
    self.axisTitle = axisTitle
    self.unit = unit
    self.mark = mark
    self.domain = domain
    self.values = values
  }

  /// The chart as a Vega-Lite specification.
  public var vegaLite: VegaLiteChart {
    let series = values.map(\.series).uniqued
    let hasIntervals = values.contains { $0.interval != nil }
    return VegaLiteChart(
      title: title, summary: summary.explaining("Lines", hasIntervals ? intervalMeaning : nil),
      height: ["step": 13], data: values.map(\.row),
      encoding: [
        "y": [
          "field": "group", "type": "nominal", "title": nil,
          "sort": .strings(values.map(\.group).uniqued),
          "scale": ["paddingInner": 0.3, "paddingOuter": 0.15],
          "axis": ["domain": false, "ticks": false, "grid": false],
        ],
        "yOffset": ["field": "series", "type": "nominal", "sort": .strings(series)],
        "color": [
          "field": "series", "type": "nominal", "title": nil,
          "scale": ["domain": .strings(series)],
          "legend": ["symbolType": "circle"],
        ],
        "tooltip": [
          ["field": "series", "title": "series"], ["field": "group", "title": "group"],
          tooltip("value", axisTitle), tooltip("low", "from"), tooltip("high", "to"),
        ],
      ],
      layers: (mark == .bar ? [bars] : []) + [intervals, points])
  }

  private var bars: JSONValue {
    [
      "mark": ["type": "bar"],
      "encoding": ["x": x("value"), "opacity": .opacity(0.35)],
    ]
  }

  private var intervals: JSONValue {
    [
      "mark": ["type": "rule", "strokeWidth": 2, "strokeCap": "round"],
      "transform": [["filter": "isValid(datum.low) && isValid(datum.high)"]],
      "encoding": ["x": x("low"), "x2": ["field": "high"], "opacity": .opacity(0.55)],
    ]
  }

  private var points: JSONValue {
    [
      "mark": ["type": "point", "filled": true, "size": 56],
      "params": [.legendSelection],
      "encoding": ["x": x("value"), "opacity": .opacity(1)],
    ]
  }

  private func x(_ field: String) -> JSONValue {
    var scale: [String: JSONValue] = ["zero": .bool(mark == .bar)]
    if let domain { scale["domain"] = .range(domain) }
    return [
      "field": .string(field), "type": "quantitative", "title": .string(axisTitle),
      "scale": .object(scale),
      "axis": unit == .fraction ? ["format": ".0%", "grid": true] : ["grid": true],
    ]
  }

  private func tooltip(_ field: String, _ title: String) -> JSONValue {
    [
      "field": .string(field), "type": "quantitative", "title": .string(title),
      "format": unit == .fraction ? ".1%" : ".4~g",
    ]
  }
}

extension IntervalChart.Value {
  fileprivate var row: JSONValue {
    [
      "group": .string(group), "series": .string(series), "value": .measured(value),
      "low": .measured(interval?.lowerBound), "high": .measured(interval?.upperBound),
    ]
  }
}

extension [String] {
  /// The strings without those that came before.
  var uniqued: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
