/// Points of a plane coloured by class, in panels side by side: the features of one model under
/// several perturbations, say.
///
/// The reader can hover for a point's class, zoom and pan. Axes have no figures on them: where a
/// point lies means something only beside the others.
public struct ScatterChart: Equatable, Sendable {
  /// A place in a panel.
  public struct Point: Equatable, Sendable {
    /// The place to the right, in the panel's own unit.
    public var x: Double
    /// The place upwards, in the same unit.
    public var y: Double

    /// Which class the point is of, or `nil` if of none.
    public var classIndex: Int?

    /// What is to be said of the point beside its class, such as the class that was predicted.
    public var note: String?

    public init(x: Double, y: Double, classIndex: Int? = nil, note: String? = nil) {
      self.x = x
      self.y = y
      self.classIndex = classIndex
      self.note = note
    }
  }

  /// One of the pictures, with axes of its own.
  public struct Panel: Equatable, Sendable {
    /// What tells the panel from its neighbours, such as a perturbation.
    public var title: String
    /// How to read the panel, in a sentence; also what a screen reader says in its place.
    public var summary: String
    /// The points of the panel, those of no class drawn below the others.
    public var points: [Point]

    public init(_ title: String, summary: String = "", points: [Point]) {
      self.title = title
      self.summary = summary
      self.points = points
    }
  }

  /// The names of the classes, in the order of their colours.
  public var classNames: [String]
  /// The pictures side by side, in reading order.
  public var panels: [Panel]

  /// The title of the tooltip's line with a point's note.
  public var noteTitle: String

  /// Creates a chart of panels that share their classes.
  public init(classNames: [String], noteTitle: String = "note", panels: [Panel]) {
    self.classNames = classNames
    self.noteTitle = noteTitle
    self.panels = panels
  }

  /// Each panel as a Vega-Lite specification, square.
  public var vegaLite: [VegaLiteChart] {
    panels.map { panel in
      VegaLiteChart(
        title: panel.title, summary: panel.summary, aspectRatio: 1,
        data: panel.points.map(row),
        encoding: [
          "x": channel("x", panel.points.map(\.x)), "y": channel("y", panel.points.map(\.y)),
        ],
        layers: layers(of: panel))
    }
  }

  /// The points of the classes in their colours, over those of none in the colour of ink.
  private func layers(of panel: Panel) -> [JSONValue] {
    let hasClass = panel.points.map { name(of: $0.classIndex) != nil }
    let isLarge = panel.points.count > 1500
    var layers = [false, true].filter { hasClass.contains($0) }.map { isColored -> JSONValue in
      var encoding: [String: JSONValue] = ["tooltip": tooltip(of: panel)]
      if isColored {
        encoding["color"] = [
          "field": "class", "type": "nominal", "legend": nil,
          "scale": ["domain": .strings(classNames), "range": "category"],
        ]
      }
      return [
        "mark": [
          "type": "point", "shape": "circle", "filled": true, "clip": true,
          "size": isLarge ? 9 : 18, "strokeWidth": 0, "opacity": isLarge ? 0.6 : 0.75,
          "style": isColored ? [] : "ink",
        ],
        "transform": [["filter": isColored ? "isValid(datum.class)" : "!isValid(datum.class)"]],
        "encoding": .object(encoding),
      ]
    }
    if case .object(var back)? = layers.first {
      back["params"] = [.zoomAndPan]
      layers[0] = .object(back)
    }
    return layers
  }

  private func tooltip(of panel: Panel) -> JSONValue {
    let note: JSONValue = ["field": "note", "title": .string(noteTitle)]
    return .array(
      [["field": "class", "title": "class"]]
        + (panel.points.contains { $0.note != nil } ? [note] : []))
  }

  private func row(_ point: Point) -> JSONValue {
    var row: [String: JSONValue] = [
      "x": .measured(point.x, significantDigits: 5), "y": .measured(point.y, significantDigits: 5),
    ]
    if let name = name(of: point.classIndex) { row["class"] = .string(name) }
    if let note = point.note { row["note"] = .string(note) }
    return .object(row)
  }

  private func name(of classIndex: Int?) -> String? {
    classIndex.flatMap { classNames.indices.contains($0) ? classNames[$0] : nil }
  }

  /// An axis without figures, a little longer than the points reach.
  private func channel(_ field: String, _ values: [Double]) -> JSONValue {
    let finite = values.filter(\.isFinite)
    let (least, greatest) = (finite.min() ?? 0, finite.max() ?? 0)
    let margin = greatest > least ? (greatest - least) / 25 : 1
    return [
      "field": .string(field), "type": "quantitative", "title": nil,
      "scale": [
        "domain": .range(least - margin...greatest + margin), "nice": false, "zero": false,
      ],
      "axis": ["grid": false, "labels": false, "ticks": false],
    ]
  }
}
