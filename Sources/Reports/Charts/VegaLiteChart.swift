/// A chart as data: a Vega-Lite specification with the words that stand beside it.
///
/// The specification names no colour, font or width: the page gives it those of its theme.
/// ``LineChart``, ``IntervalChart``, ``ScatterChart`` and ``RegionPicture`` build the charts of
/// Basin's reports.
public struct VegaLiteChart: Equatable, Sendable {
  /// What the chart shows, in a few words.
  public var title: String

  /// How to read the chart, in a sentence or two; also what a screen reader says in its place.
  public var summary: String

  /// Height over width, where the chart's shape carries meaning; the width is the page's.
  public var aspectRatio: Double?

  /// The Vega-Lite specification.
  public var spec: JSONValue

  /// Creates a chart of a specification that names no colour, font or width.
  public init(title: String, summary: String, aspectRatio: Double? = nil, spec: JSONValue) {
    self.title = title
    self.summary = summary
    self.aspectRatio = aspectRatio
    self.spec = spec
  }

  /// Creates a chart of several marks that share its axes.
  init(
    title: String, summary: String, aspectRatio: Double? = nil, height: JSONValue = nil,
    data: [JSONValue] = [], encoding: JSONValue = [:], layers: [JSONValue]
  ) {
    let spec: [String: JSONValue] = [
      "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
      "description": .string(summary.isEmpty ? title : "\(title). \(summary)"),
      "width": "container",
      "height": height,
      "data": ["values": .array(data)],
      "encoding": encoding,
      "layer": .array(layers),
    ]
    self.init(
      title: title, summary: summary, aspectRatio: aspectRatio,
      spec: .object(spec.filter { $0.value != .null }))
  }
}

extension JSONValue {
  /// Zooming by pinch or Ctrl-scroll and panning by mouse, so that a finger and a wheel still
  /// scroll the page; a double click puts the axes back.
  static let zoomAndPan: JSONValue = [
    "name": "view",
    "bind": "scales",
    "select": [
      "type": "interval",
      "zoom": "wheel![event.ctrlKey || event.metaKey]",
      "translate":
        "[pointerdown[event.pointerType === 'mouse'], window:pointerup] > window:pointermove!",
    ],
  ]

  /// Clicking entries of the legend, which shows them alone.
  static let legendSelection: JSONValue = [
    "name": "shown",
    "bind": "legend",
    "select": ["type": "point", "fields": ["series"]],
  ]

  /// Fading what the legend does not select.
  static func opacity(_ selected: Double) -> JSONValue {
    ["condition": ["param": "shown", "value": .number(selected)], "value": 0.06]
  }

  static func strings(_ values: [String]) -> JSONValue {
    .array(values.map(JSONValue.string))
  }

  static func range(_ bounds: ClosedRange<Double>) -> JSONValue {
    [.measured(bounds.lowerBound), .measured(bounds.upperBound)]
  }
}

extension String {
  /// The summary with a sentence on what certain marks are, where there are such marks.
  func explaining(_ marks: String, _ meaning: String?) -> String {
    guard let meaning, !meaning.isEmpty else { return self }
    return "\(self)\(isEmpty ? "" : " ")\(marks) are \(meaning)."
  }
}
