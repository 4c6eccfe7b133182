import Foundation
import Testing

extension ToolTests {
  @Suite("Charts as pictures")
  struct ChartPictureTests {
    private let folder: Workplace
    private let report: [String]

    init() throws {
      folder = try Workplace()
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      let run = try TrainedRuns.shared.get().folder.file("runs/zubov").path
      report = ["report", run, "--out", "page.html"]
    }

    /// A Python that has a package `vl_convert` of the test's own, which says what it was given.
    private func python(_ module: String) throws -> [String: String] {
      try FileManager.default.createDirectory(
        at: folder.file("python"), withIntermediateDirectories: true)
      try folder.write(module, to: "python/vl_convert.py")
      return [
        "BASIN_VEGA": folder.file("vega.js").path, "PYTHONPATH": folder.file("python").path,
      ]
    }

    @Test(
      "stand beside the page, drawn from whole specifications of a fixed width in the page's colours"
    )
    func drawn() throws {
      let environment = try python(
        """
        import json
        def vegalite_to_svg(spec):
            assert "container" not in json.dumps(spec)
            assert spec["config"]["range"]["category"][0] == "#0072b2"
            assert "layer" in spec or "mark" in spec or "hconcat" in spec
            return "<svg>" + spec["title"]["text"] + "</svg>"
        def vegalite_to_png(spec, scale):
            return b"\\x89PNG" + str(spec["width"]).encode()
        """)
      let outcome = try Tool.run(
        report + ["--charts", "svg,png"], in: folder, environment: environment)
      #expect(outcome.status == 0, "\(outcome.error)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        .filter { $0.hasPrefix("page-") }
      let page = String(decoding: try folder.data("page.html"), as: UTF8.self)
      let count = page.components(separatedBy: "class=\"chart\"").count - 1
      #expect(count > 0 && files.count == 2 * count)
      let first = try #require(files.first { $0.hasPrefix("page-1-") && $0.hasSuffix(".svg") })
      let text = String(decoding: try folder.data(first), as: UTF8.self)
      #expect(text.hasPrefix("<svg>") && text.count > 11)
      #expect(outcome.output.contains(first))
    }

    @Test("are refused before anything is read where nothing can draw them")
    func missing() throws {
      let environment = try python("raise ImportError\n")
      let outcome = try Tool.run(
        report + ["--charts", "svg"], in: folder, environment: environment)
      #expect(outcome.status == 69 && !folder.exists("page.html"))
      #expect(outcome.error.contains("pip install vl-convert-python"), "\(outcome.error)")
      let other = try Tool.run(report + ["--charts", "gif"], in: folder, environment: environment)
      #expect(other.status == 64 && other.error.contains("expected one of svg, png, found 'gif'"))
    }
  }
}
