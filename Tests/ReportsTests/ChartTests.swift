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
    #expect((spec["layer"] as? [Any])?.count == 3)
    #expect(spec["width"] as? String == "container")
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
