import Foundation

/// Things with several properties as lines across parallel axes, one axis a property: which settings
/// go with which outcome.
///
/// A number stands at its place between the least and the greatest of its axis; an axis on which
/// something is no number has its values at equal distances, in the order of their first appearance.
/// The reader can hover for a line's values.
public struct ParallelChart: Equatable, Sendable {
  /// An axis with the value of each thing.
  public struct Axis: Equatable, Sendable {
    /// Which property the axis shows.
    public var title: String
    /// The property of each thing as it is written, in the order of `names`.
    public var values: [String]
    /// Whether the logarithms of positive numbers are spread evenly.
    public var isLogarithmic: Bool

    /// Creates an axis whose values are spaced evenly unless `isLogarithmic`.
    public init(_ title: String, _ values: [String], isLogarithmic: Bool = false) {
      self.title = title
      self.values = values
      self.isLogarithmic = isLogarithmic
    }
  }

  /// What the chart shows, in a few words.
  public var title: String
  /// How to read the chart, in a sentence or two; also what a screen reader says in its place.
  public var summary: String
  /// The properties from left to right.
  public var axes: [Axis]
  /// What each thing is called.
  public var names: [String]
  /// What each line is coloured by.
  public var colors: [Double]
  /// What the colours mean, for the legend.
  public var colorTitle: String

  /// Creates a chart of axes that have a value for each name.
  public init(
    title: String, summary: String, axes: [Axis], names: [String], colors: [Double],
    colorTitle: String
  ) {
    precondition(
      axes.allSatisfy { $0.values.count == names.count } && colors.count == names.count,
      "a chart of \(names.count) lines with other numbers of values")
    self.title = title
    self.summary = summary
    self.axes = axes
    self.names = names
    self.colors = colors
    self.colorTitle = colorTitle
  }

  /// The chart as a Vega-Lite specification.
  public var vegaLite: VegaLiteChart {
    VegaLiteChart(
      title: title, summary: summary, height: 300, data: zip(axes, places).flatMap(rows),
      encoding: [
        "x": [
          "field": "axis", "type": "nominal", "sort": nil, "title": nil,
          "axis": ["labelAngle": 0, "grid": true, "domain": false],
          "scale": ["type": "point"],
        ],
        "y": ["field": "place", "type": "quantitative", "axis": nil, "scale": ["domain": [0, 1]]],
      ],
      layers: [lines, labels])
  }

  private func rows(_ axis: Axis, _ places: [Double]) -> [JSONValue] {
    // Values that would stand on each other are left to the tooltip, but for the ends.
    let order = names.indices.sorted { (places[$0], $0) < (places[$1], $1) }
    var written: Set<Int> = Set([order.first, order.last].compactMap { $0 })
    var last = 0.0
    for index in order where places[index] - last > 0.06 && places[index] < 0.94 {
      written.insert(index)
      last = places[index]
    }
    return names.indices.map { index in
      let value = axis.values[index]
      return [
        "axis": .string(axis.title), "name": .string(names[index]), "value": .string(value),
        "place": .measured(places[index], significantDigits: 5), "color": .measured(colors[index]),
        "label": .string(written.contains(index) ? value : ""),
      ]
    }
  }

  /// Where each value stands on its axis, in [0, 1].
  var places: [[Double]] {
    axes.map { axis in
      var numbers = axis.values.compactMap(Double.init).filter(\.isFinite)
      if axis.isLogarithmic, numbers.allSatisfy({ $0 > 0 }) { numbers = numbers.map { log($0) } }
      if numbers.count == axis.values.count, let least = numbers.min(), let greatest = numbers.max()
      {
        guard greatest > least else { return numbers.map { _ in 0.5 } }
        return numbers.map { ($0 - least) / (greatest - least) }
      }
      var order: [String] = []
      for value in axis.values where !order.contains(value) { order.append(value) }
      guard order.count > 1 else { return axis.values.map { _ in 0.5 } }
      return axis.values.map { Double(order.firstIndex(of: $0)!) / Double(order.count - 1) }
    }
  }

  private var lines: JSONValue {
    [
      "mark": ["type": "line", "strokeWidth": 2, "opacity": 0.75],
      "encoding": [
        "detail": ["field": "name", "type": "nominal"],
        "color": ["field": "color", "type": "quantitative", "title": .string(colorTitle)],
        "tooltip": [
          ["field": "name", "title": "line"], ["field": "axis", "title": "setting"],
          ["field": "value", "title": "value"],
        ],
      ],
    ]
  }

  private var labels: JSONValue {
    [
      "mark": ["type": "text", "align": "left", "dx": 4, "dy": -4],
      "encoding": ["text": ["field": "label", "type": "nominal"]],
    ]
  }
}
