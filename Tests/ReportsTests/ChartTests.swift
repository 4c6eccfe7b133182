import Foundation
import Reports
import Testing

@Suite("Chart specifications")
struct ChartTests {
  /// The specification as Foundation reads its text.
  private func object(_ chart: VegaLiteChart) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(chart.spec.serialized.utf8))
    return try #require(value as? [String: Any])
  }

  private func rows(_ object: [String: Any]) throws -> [[String: Any]] {
    let data = try #require(object["data"] as? [String: Any])
    return try #require(data["values"] as? [[String: Any]])
  }

  @Test("JSON is sorted, exact and safe within a script element")
  func json() {
    let value: JSONValue = [
      "b": [1, 0.1, -2.5e-7, nil, true], "a": "</script>\n\"\\\u{2028}é&", "c": .number(.infinity),
    ]
    #expect(
      value.serialized == #"""
        {"a":"\u003c/script\u003e\n\"\\\u2028é\u0026","b":[1,0.1,-2.5e-07,null,true],"c":null}
        """#)
    #expect(JSONValue.measured(1.0 / 3) == 0.333333)
    #expect(JSONValue.measured(.nan) == .null)
    #expect(JSONValue.measured(nil) == .null)
  }

  @Test("Lines carry one row a point; a logarithmic axis leaves out what it cannot show")
  func lines() throws {
    let chart = LineChart(
      title: "Loss", summary: "s", xTitle: "step", yTitle: "loss", yScale: .logarithmic,
      series: [
        .init("L.con[0]", [(1, 0.5), (2, 0), (3, .infinity)]),
        .init("b", points: [.init(x: 1, y: 2, interval: 1...3)], isDashed: true),
      ])
    let spec = try object(chart.vegaLite)
    let rows = try rows(spec)
    #expect(rows.count == 4)
    #expect(rows[0]["y"] as? Double == 0.5)
    #expect(rows[1]["y"] is NSNull && rows[2]["y"] is NSNull)
    #expect(rows[3]["dashed"] as? Bool == true && rows[3]["high"] as? Double == 3)
    #expect((spec["layer"] as? [Any])?.count == 4)
    #expect(spec["width"] as? String == "container")
  }

  @Test("A point that no line leads to is a dot: of one epoch, or between what cannot be drawn")
  func dots() throws {
    func spec(_ points: [(x: Double, y: Double)]) throws -> [String: Any] {
      try object(
        LineChart(
          title: "t", summary: "s", xTitle: "epoch", yTitle: "loss", yScale: .logarithmic,
          series: [.init("a", points)]
        ).vegaLite)
    }
    func lone(_ points: [(x: Double, y: Double)]) throws -> [Int] {
      let rows = try rows(spec(points))
      return rows.indices.filter { rows[$0]["lone"] as? Bool == true }
    }
    #expect(try lone([(1, 0.5)]) == [0])
    #expect(try lone([(1, 0.5), (2, 0.5)]) == [])
    #expect(try lone([(1, 0.5), (2, 0), (3, 1), (4, .nan), (5, 2), (6, 3)]) == [0, 2])
    #expect((try spec([(1, 0.5)])["layer"] as? [Any])?.count == 3)
    #expect((try spec([(1, 0.5), (2, 0.5)])["layer"] as? [Any])?.count == 2)
  }

  @Test("What bands and lines are is said only where some are drawn")
  func meanings() {
    func line(_ interval: ClosedRange<Double>?) -> String {
      LineChart(
        title: "t", summary: "s.", bandMeaning: "95 % intervals", xTitle: "x", yTitle: "y",
        series: [.init("a", points: [.init(x: 0, y: 1, interval: interval)])]
      ).vegaLite.summary
    }
    #expect(line(nil) == "s.")
    #expect(line(0...2) == "s. Bands are 95 % intervals.")
    func dots(_ interval: ClosedRange<Double>?) -> String {
      IntervalChart(
        title: "t", summary: "", intervalMeaning: "deviations", axisTitle: "a",
        values: [.init(group: "g", series: "s", value: 1, interval: interval)]
      ).vegaLite.summary
    }
    #expect(dots(nil) == "")
    #expect(dots(0...2) == "Lines are deviations.")
  }

  @Test("A summarized curve keeps its ends, its means and its range")
  func summarized() {
    let series = LineChart.Series("a", (0..<10).map { (Double($0), Double($0)) })
    let summary = series.summarized(into: 4)
    #expect(summary.points.map(\.x) == [2, 5, 8, 9])
    #expect(summary.points.map(\.y) == [1, 4, 7, 9])
    #expect(summary.points[0].interval == 0...2)
    #expect(series.summarized(into: 10) == series)
  }

  @Test("Figures keep the order of their groups and series")
  func intervals() throws {
    let spec = try object(SamplePage.accuracy.vegaLite)
    let encoding = try #require(spec["encoding"] as? [String: Any])
    func order(_ channel: String) -> [String]? {
      (encoding[channel] as? [String: Any])?["sort"] as? [String]
    }
    #expect(order("y") == ["clean", "Gaussian noise", "PGD-10, 8/255", "0.1"])
    #expect(order("yOffset") == SamplePage.methods)
  }

  @Test(
    "A panel has a row a point, a class's colour where there is one, and room around the points")
  func scatter() throws {
    let chart = ScatterChart(
      classNames: ["a", "b"], noteTitle: "predicted",
      panels: [
        .init(
          "clean", summary: "s",
          points: [
            .init(x: -1, y: 10, classIndex: 1, note: "a"), .init(x: 3, y: 10),
            .init(x: .nan, y: 10, classIndex: 2),
          ]),
        .init("noise", points: [.init(x: 0, y: 0, classIndex: 0)]),
      ])
    let charts = chart.vegaLite
    #expect(charts.map(\.title) == ["clean", "noise"])
    #expect(charts.allSatisfy { $0.aspectRatio == 1 })
    #expect(chart.block == .chartGrid(charts, legend: ["a", "b"]))

    let spec = try object(charts[0])
    let rows = try rows(spec)
    #expect(rows.map { $0["class"] as? String } == ["b", nil, nil])
    #expect(rows.map { $0["note"] as? String } == ["a", nil, nil])
    #expect(rows[0]["x"] as? Double == -1 && rows[2]["x"] is NSNull)
    let encoding = try #require(spec["encoding"] as? [String: [String: Any]])
    func domain(_ channel: String) -> [Double]? {
      (encoding[channel]?["scale"] as? [String: Any])?["domain"] as? [Double]
    }
    #expect(domain("x") == [-1.16, 3.16])
    #expect(domain("y") == [9, 11])

    // Points of no class lie behind the others and have no colour; the back layer can be moved.
    let layers = try #require(spec["layer"] as? [[String: Any]])
    try #require(layers.count == 2)
    let encodings = layers.compactMap { $0["encoding"] as? [String: Any] }
    #expect(encodings[0]["color"] == nil)
    let scale = (encodings[1]["color"] as? [String: Any])?["scale"] as? [String: Any]
    #expect(scale?["domain"] as? [String] == ["a", "b"])
    #expect(layers[0]["params"] != nil && layers[1]["params"] == nil)
    let titles = try #require(encodings[1]["tooltip"] as? [[String: Any]]).map {
      $0["title"] as? String
    }
    #expect(titles == ["class", "predicted"])
    let other = try #require(try object(charts[1])["layer"] as? [[String: Any]])
    #expect(other.count == 1)
  }

  @Test("Cells of one class in a row become one rectangle; cells of none are left out")
  func cells() throws {
    var picture = RegionPicture(
      title: "t", summary: "s", classNames: ["a", "b"], xRange: 0...4, yRange: -1...1)
    picture.cells = .init(columns: 4, rows: 2, classes: [0, 0, 1, nil, 1, 1, 1, 1])
    let chart = picture.vegaLite
    #expect(chart.aspectRatio == 0.5)
    let layers = try #require(try object(chart)["layer"] as? [[String: Any]])
    try #require(layers.count == 1)
    #expect(layers[0]["params"] != nil)
    let rows = try rows(layers[0])
    #expect(rows.map { $0["class"] as? String } == ["a", "b", "b"])
    #expect(rows.map { $0["x"] as? Double } == [0, 2, 0])
    #expect(rows.map { $0["y"] as? Double } == [-1, -1, 0])
    #expect(rows[2]["x2"] as? Double == 4.05)
  }

  @Test("Arrows point where the field points: clockwise from up")
  func arrows() throws {
    var picture = RegionPicture(
      title: "t", summary: "s", classNames: [], xRange: -1...1, yRange: -1...1)
    let origin = RegionPicture.Point(x: 0, y: 0)
    picture.field = [
      .init(origin: origin, dx: 0, dy: 2), .init(origin: origin, dx: 1, dy: 0),
      .init(origin: origin, dx: 0, dy: -1), .init(origin: origin, dx: 0, dy: 0),
    ]
    let layers = try #require(try object(picture.vegaLite)["layer"] as? [[String: Any]])
    #expect(try rows(layers[0]).map { $0["angle"] as? Double } == [0, 90, 180])
  }
}
