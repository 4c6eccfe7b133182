import Foundation
import Testing

extension ToolTests {
  @Suite("Theory against measurement")
  struct TheoryTests {
    @Test("separability prints frequencies beside bounds, the same each time, and makes a page")
    func separability() throws {
      let folder = try Workplace()
      try folder.write("window.vegaEmbed = 0", to: "vega.js")
      let arguments = [
        "theory", "separability", "--dimensions", "1,2, 3", "--points", "3,8", "--trials", "50",
        "--seed", "4",
      ]
      let outcome = try Tool.run(
        arguments + ["--format", "json", "--out", "page.html"], in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(outcome.status == 0, "\(outcome.error)")
      let found = try outcome.object()
      let entries = try #require(found["entries"] as? [[String: Any]])
      #expect(found["schemaVersion"] as? Int == 1 && found["seed"] as? Int == 4)
      #expect(entries.map { $0["dimension"] as? Int } == [1, 2, 3, 1, 2, 3])
      #expect(abs((entries[2]["bound"] as? Double ?? 0) - 0.669921875) < 1e-12)
      let share = try #require(entries[4]["separable"] as? [String: Any])
      #expect(share["count"] as? Int == 50 && share["upper"] as? Double != nil)
      let page = try String(contentsOf: folder.file("page.html"), encoding: .utf8)
      #expect(page.contains("N = 8, M = 8") && page.contains("half-spaces"))
      #expect(folder.contents == ["page.html", "vega.js"])

      let text = try Tool.run(arguments, in: folder)
      #expect(text.output.contains("Proposition 2"))
      #expect(try Tool.run(arguments, in: folder).output == text.output)
    }

    @Test(
      "what cannot be drawn is refused",
      arguments: [
        (["--dimensions", "2,,3"], "--dimensions: expected integers in [1, 10000]"),
        (["--points", "0"], "--points: expected integers in [1, 10000]"),
        (["--trials", "0"], "--trials: expected an integer from 1 to 10000000, found 0"),
        (["--others", "-3"], "--others"),
      ])
    func refusals(arguments: [String], message: String) throws {
      let folder = try Workplace()
      let outcome = try Tool.run(["theory", "separability"] + arguments, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.output.isEmpty && folder.contents.isEmpty)
    }

    @Test("a page without the charts' script is refused before anything is drawn")
    func missingScript() throws {
      let folder = try Workplace()
      let outcome = try Tool.run(
        ["theory", "separability", "--trials", "1", "--out", "page.html"], in: folder,
        environment: ["BASIN_VEGA": folder.file("none.js").path])
      #expect(outcome.status == 69)
      #expect(folder.contents.isEmpty)
    }
  }
}
