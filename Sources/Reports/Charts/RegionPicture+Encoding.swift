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
