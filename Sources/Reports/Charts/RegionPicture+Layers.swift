import Foundation

extension RegionPicture {
  var layersFromBackToFront: [JSONValue] {
    let starts = trajectories.compactMap { path in
      path.points.first.map { Marker($0, classIndex: path.classIndex) }
    }
    let layers: [JSONValue?] =
      [cells.map(cellLayer), arrowLayer]
      + pathLayers(levelSets, width: 1, opacity: 0.55)
      + pathLayers(trajectories, width: 1.6, opacity: 0.95)
      + markerLayers(samples, what: "sample", shape: "circle", size: 16, outline: 0)
      + markerLayers(starts, what: "start", shape: "circle", size: 20, outline: 0.5)
      + markerLayers(equilibria, what: "equilibrium", shape: "diamond", size: 130, outline: 1.5)
    return layers.compactMap { $0 }
  }

  /// Neighbours of one class in a row become one rectangle. Each reaches a
  /// twentieth of a cell under the next ones, so that no seam shows between them.
  private func cellLayer(_ cells: Cells) -> JSONValue {
    let width = (xRange.upperBound - xRange.lowerBound) / Double(cells.columns)
    let height = (yRange.upperBound - yRange.lowerBound) / Double(cells.rows)
    let overlap = 0.05
    var values: [JSONValue] = []
    for row in 0..<cells.rows {
      let line = cells.classes[row * cells.columns..<(row + 1) * cells.columns]
      let bottom = yRange.lowerBound + Double(row) * height
      var start = line.startIndex
      while start < line.endIndex {
        let end = line[start...].firstIndex { $0 != line[start] } ?? line.endIndex
        if let name = name(of: line[start]) {
          let from = Double(start - line.startIndex)
          let next = Double(end - line.startIndex)
          values.append([
            "x": .measured(xRange.lowerBound + from * width),
            "x2": .measured(xRange.lowerBound + (next + overlap) * width),
            "y": .measured(bottom),
            "y2": .measured(bottom + (1 + overlap) * height),
            "class": name,
          ])
        }
        start = end
      }
    }
    return layer(
      mark: ["type": "rect", "clip": true], values: values,
      encoding: [
        "x2": ["field": "x2"],
        "y2": ["field": "y2"],
        "fill": [
          "field": "class", "type": "nominal", "legend": nil,
          "scale": ["domain": .strings(classNames), "range": "regions"],
        ],
        "tooltip": ["field": "class", "title": "class"],
      ])
  }

  private var arrowLayer: JSONValue? {
    let arrows = field.filter { hypot($0.dx, $0.dy) > 0 && hypot($0.dx, $0.dy).isFinite }
    guard !arrows.isEmpty else { return nil }
    return layer(
      mark: [
        "type": "point", "shape": "arrow", "style": "ink", "filled": true, "clip": true,
        "strokeWidth": 0, "opacity": 0.5,
      ],
      values: arrows.map { arrow in
        [
          "x": .measured(arrow.origin.x), "y": .measured(arrow.origin.y),
          "angle": .measured(atan2(arrow.dx, arrow.dy) * 180 / .pi, significantDigits: 4),
          "speed": .measured(hypot(arrow.dx, arrow.dy), significantDigits: 4),
        ]
      },
      encoding: [
        "angle": ["field": "angle", "type": "quantitative", "scale": nil],
        "size": [
          "field": "speed", "type": "quantitative", "legend": nil,
          "scale": ["type": "sqrt", "range": [30, 220]],
        ],
        "tooltip": ["field": "speed", "type": "quantitative", "title": "speed", "format": ".3~g"],
      ])
  }

  /// The paths of the classes in their colours, and those of none in the colour of ink.
  private func pathLayers(_ paths: [Path], width: Double, opacity: Double) -> [JSONValue?] {
    [true, false].map { hasClass in
      let chosen = paths.enumerated().filter { _, path in
        (name(of: path.classIndex) != nil) == hasClass
      }
      guard !chosen.isEmpty else { return nil }
      let values = chosen.flatMap { index, path in
        path.points.enumerated().map { order, point in
          row(
            at: point, classIndex: path.classIndex,
            ["path": .number(Double(index)), "order": .number(Double(order))])
        }
      }
      return layer(
        mark: [
          "type": "line", "clip": true, "strokeWidth": .number(width), "opacity": .number(opacity),
          "style": hasClass ? [] : "ink",
        ],
        values: values,
        encoding: [
          "detail": ["field": "path", "type": "nominal"],
          "order": ["field": "order", "type": "quantitative"],
          "color": hasClass ? classColor : nil,
        ])
    }
  }

  private func markerLayers(
    _ markers: [Marker], what: String, shape: String, size: Double, outline: Double
  ) -> [JSONValue?] {
    [true, false].map { hasClass in
      let chosen = markers.filter { (name(of: $0.classIndex) != nil) == hasClass }
      guard !chosen.isEmpty else { return nil }
      return layer(
        mark: [
          "type": "point", "shape": .string(shape), "filled": true, "clip": true,
          "size": .number(size), "strokeWidth": .number(outline), "opacity": 1,
          "style": hasClass ? "outlined" : ["ink", "outlined"],
        ],
        values: chosen.map {
          row(at: $0.point, classIndex: $0.classIndex, ["what": .string(what)])
        },
        encoding: [
          "color": hasClass ? classColor : nil,
          "tooltip": [
            ["field": "what", "title": "state"], ["field": "class", "title": "class"],
            ["field": "x", "type": "quantitative", "format": ".3~f"],
            ["field": "y", "type": "quantitative", "format": ".3~f"],
          ],
        ])
    }
  }
}

extension RegionPicture {
  /// A layer with data of its own on the picture's axes.
  func layer(mark: JSONValue, values: [JSONValue], encoding: [String: JSONValue]) -> JSONValue {
    let position: [String: JSONValue] = ["x": channel("x", xRange), "y": channel("y", yRange)]
    let channels = encoding.filter { $0.value != .null }
    return [
      "data": ["values": .array(values)],
      "mark": mark,
      "encoding": .object(position.merging(channels) { _, last in last }),
    ]
  }

  /// The colour of a class at full strength, as lines and markers wear it.
  var classColor: JSONValue {
    [
      "field": "class", "type": "nominal", "legend": nil,
      "scale": ["domain": .strings(classNames), "range": "category"],
    ]
  }

  func row(
    at point: Point, classIndex: Int?, _ rest: [String: JSONValue]
  ) -> JSONValue {
    var row = rest
    row["x"] = .measured(point.x, significantDigits: 5)
    row["y"] = .measured(point.y, significantDigits: 5)
    if let name = name(of: classIndex) { row["class"] = name }
    return .object(row)
  }

  func name(of classIndex: Int?) -> JSONValue? {
    guard let classIndex, classNames.indices.contains(classIndex) else { return nil }
    return .string(classNames[classIndex])
  }

  private func channel(_ field: String, _ bounds: ClosedRange<Double>) -> JSONValue {
    [
      "field": .string(field), "type": "quantitative", "title": nil,
      "scale": ["domain": .range(bounds), "nice": false, "zero": false],
      "axis": ["grid": false, "tickCount": 5],
    ]
  }
}
