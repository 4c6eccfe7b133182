extension LineChart {
  /// One row a point. `key` names the curve in the readout's columns, where a name with a dot or a
  /// bracket would be taken for a path.
  var data: [JSONValue] {
    series.enumerated().flatMap { index, series -> [JSONValue] in
      let lone = lonePoints(of: series)
      return series.points.enumerated().map { place, point in
        var row: [String: JSONValue] = [
          "x": .measured(point.x, significantDigits: 9),
          "y": drawable(point.y),
          "series": .string(series.name),
          "key": .string("s\(index)"),
        ]
        if series.isDashed { row["dashed"] = true }
        if lone.contains(place) { row["lone"] = true }
        if let interval = point.interval {
          row["low"] = drawable(interval.lowerBound)
          row["high"] = drawable(interval.upperBound)
        }
        return .object(row)
      }
    }
  }

  var hasIntervals: Bool {
    series.contains { $0.points.contains { $0.interval != nil } }
  }

  var lines: JSONValue {
    [
      "mark": ["type": "line", "clip": true],
      "params": [.legendSelection, .zoomAndPan],
      "encoding": [
        "y": yChannel("y"),
        "opacity": .opacity(1),
        "strokeDash": [
          "condition": ["test": "datum.dashed === true", "value": [5, 3]], "value": [1, 0],
        ],
      ],
    ]
  }

  /// The places of a curve's points that no line leads to, because nothing can be drawn beside them.
  private func lonePoints(of series: Series) -> [Int] {
    let isDrawn = series.points.map { drawable($0.y) != .null }
    return isDrawn.indices.filter { place in
      isDrawn[place] && !isDrawn[max(place - 1, 0)..<place].contains(true)
        && !isDrawn[(place + 1)...].prefix(1).contains(true)
    }
  }

  var hasLonePoints: Bool { series.contains { !lonePoints(of: $0).isEmpty } }

  /// Points where there is no line to see.
  var dots: JSONValue {
    [
      "mark": ["type": "point", "filled": true, "clip": true],
      "transform": [["filter": "datum.lone === true"]],
      "encoding": ["y": yChannel("y"), "opacity": .opacity(1)],
    ]
  }

  var bands: JSONValue {
    [
      "mark": ["type": "area", "clip": true],
      "transform": [["filter": "isValid(datum.low) && isValid(datum.high)"]],
      "encoding": [
        "y": yChannel("low"), "y2": ["field": "high"], "opacity": .opacity(0.16),
      ],
    ]
  }

  /// A rule that follows the pointer and tells the figures of all curves at its x.
  var readout: JSONValue {
    let figures = series.enumerated().map { index, series -> JSONValue in
      [
        "field": .string("s\(index)"), "type": "quantitative", "title": .string(series.name),
        "format": ".4~g",
      ]
    }
    let x: JSONValue = ["field": "x", "type": "quantitative", "title": .string(xTitle)]
    return [
      "mark": ["type": "rule", "style": "ink"],
      "transform": [["pivot": "key", "value": "y", "groupby": ["x"]]],
      "params": [
        [
          "name": "pointer",
          "select": [
            "type": "point", "fields": ["x"], "nearest": true, "on": "pointermove",
            "clear": "pointerout",
          ],
        ]
      ],
      "encoding": [
        "color": nil,
        "opacity": [
          "condition": ["param": "pointer", "empty": false, "value": 0.5], "value": 0,
        ],
        "tooltip": .array([x] + figures),
      ],
    ]
  }

  private func yChannel(_ field: String) -> JSONValue {
    let isLogarithmic = yScale == .logarithmic
    return [
      "field": .string(field), "type": "quantitative", "title": .string(yTitle),
      "scale": isLogarithmic ? ["type": "log", "nice": false] : ["zero": false],
      "axis": isLogarithmic ? Self.decadeAxis : [:],
    ]
  }

  /// A logarithmic axis whose grid marks the powers of ten only.
  private static let decadeAxis: JSONValue = [
    "gridOpacity": [
      "condition": [
        "test": "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6", "value": 1,
      ],
      "value": 0,
    ]
  ]

  private func drawable(_ value: Double) -> JSONValue {
    yScale == .logarithmic && value <= 0 ? .null : .measured(value)
  }
}

extension LineChart.Series {
  /// The curve in at most `count` points: each the mean of neighbours, with their range as its
  /// interval. A page then stays small however long a training was.
  public func summarized(into count: Int) -> LineChart.Series {
    precondition(count > 0, "a curve of \(count) points")
    let size = (points.count + count - 1) / count
    guard size > 1 else { return self }
    let groups = stride(from: 0, to: points.count, by: size).map {
      points[$0..<min($0 + size, points.count)]
    }
    var summary = self
    summary.points = groups.compactMap { group in
      let values = group.map(\.y).filter(\.isFinite)
      guard let least = values.min(), let greatest = values.max(), let last = group.last else {
        return nil
      }
      let mean = values.reduce(0, +) / Double(values.count)
      return LineChart.Point(x: last.x, y: mean, interval: least...greatest)
    }
    return summary
  }
}
