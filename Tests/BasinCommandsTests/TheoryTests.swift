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

    /// A spiral, and a system that only the nearest states do not leave.
    private func systems() throws -> Workplace {
      let folder = try Workplace()
      for (name, rates) in [
        ("spiral", ("y - x", "-x - y")), ("runaway", ("-x + 1000*x^3", "-y + 1000*y^3")),
      ] {
        try folder.write(
          """
          states: [x, y]
          equations: {x: "\(rates.0)", y: "\(rates.1)"}
          equilibrium: [0, 0]
          box: {x: [-1, 1], y: [-2, 2]}
          """, to: "\(name).yaml")
      }
      return folder
    }

    private let derivatives = [
      "theory", "derivatives", "spiral.yaml", "--trajectories", "2", "--samples", "9",
      "--seeds", "1", "--steps", "2", "--operator-steps", "2", "--spacing", "0.2",
    ]

    @Test("derivatives prints errors of fields and of the operator, the same each time")
    func derivativeErrors() throws {
      let folder = try systems()
      let outcome = try Tool.run(derivatives + ["--format", "json"], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let found = try outcome.object()
      let fields = try #require(found["fields"] as? [[String: Any]])
      #expect(
        fields.map { $0["signal"] as? String } == [
          "states", "and central differences", "and the operator", "and true derivatives",
        ])
      #expect(fields.map { ($0["signalErrors"] as? [Double])?.count } == [0, 1, 1, 1])
      #expect((found["request"] as? [String: Any])?["spacing"] as? Double == 0.2)
      let text = try Tool.run(derivatives, in: folder).output
      #expect(text.contains("spiral: 2 trajectories of 9 samples, 0.2 apart"))
      #expect(try Tool.run(derivatives, in: folder).output == text)
    }

    @Test(
      "derivatives refuses windows that do not fit, systems that are not there or run away",
      arguments: [
        (["--window", "8"], 64, "--window: expected an odd number up to --samples, 9, found 8"),
        (["--window", "11"], 64, "--window: expected an odd number up to --samples, 9, found 11"),
        (["none.yaml"], 66, "none.yaml"),
        (["runaway.yaml"], 65, "runaway: expected a system whose trajectories"),
      ])
    func derivativeRefusals(arguments: [String], status: Int32, message: String) throws {
      var command = derivatives
      if arguments.count == 1 { command[2] = arguments[0] } else { command += arguments }
      let outcome = try Tool.run(command, in: try systems())
      #expect(outcome.status == status, "\(outcome.error)")
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.output.isEmpty)
    }

    @Test("a page without the charts' script is refused before anything is drawn")
    func missingScript() throws {
      let folder = try Workplace()
      let outcome = try Tool.run(
        "theory separability --trials 1 --out page.html", in: folder,
        environment: ["BASIN_VEGA": folder.file("none.js").path])
      #expect(outcome.status == 69)
      #expect(folder.contents.isEmpty)
    }
  }
}
