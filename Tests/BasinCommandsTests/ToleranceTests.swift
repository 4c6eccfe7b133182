import Foundation
import Runs
import Testing

extension ToolTests {
  @Suite("evaluate --solver-tolerance")
  struct ToleranceTests {
    let folder: Workplace

    init() throws { folder = try TrainedRuns.shared.get().folder }

    private func evaluate(_ run: String, _ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(
        ["evaluate", "runs/\(run)", "--limit", "6", "--attacks", "fgsm", "--threads", "1"]
          + arguments, in: folder)
    }

    @Test("goes from the finest on, each attacked by itself and by what breaks the finest")
    func study() throws {
      let outcome = try evaluate(
        "plane", "--solver-tolerance", "100, 1e-6", "--epsilons", "0.05,0.1", "--out", "t.json")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(!folder.exists("runs/plane/evaluation.json"))
      let object = try #require(
        JSONSerialization.jsonObject(with: folder.data("t.json")) as? [String: Any])
      let rows = try #require(object["rows"] as? [[String: Any]])
      #expect(rows.compactMap { $0["tolerance"] as? Double } == [1e-6, 100])
      let work = rows.compactMap { $0["solverEvaluations"] as? Int }
      #expect(work.count == 2 && work[0] > work[1])
      for (index, row) in rows.enumerated() {
        let threats = try #require(row["threats"] as? [[String: Any]])
        #expect(threats.count == 2)
        func right(_ threat: [String: Any], _ key: String) -> Int? {
          (threat[key] as? [String: Any])?["correct"] as? Int
        }
        for threat in threats {
          let own = try #require(right(threat, "own"))
          let all = try #require(right(threat, "worstCase"))
          #expect((threat["transferred"] == nil) == (index == 0))
          #expect(try own - all == #require(threat["masked"] as? Int))
          if index == 1 { #expect(try all <= #require(right(threat, "transferred"))) }
        }
      }
      #expect(outcome.output.contains("masking") && outcome.output.contains("1e-06"))
      // A report shows it, from its file alone.
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      let report = try Tool.run(
        "report t.json --out t.html", in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(report.status == 0, "\(report.error)")
      #expect(String(decoding: try folder.data("t.html"), as: UTF8.self).contains("is masking"))
    }

    @Test("is refused where no tolerance is at work")
    func refusals() throws {
      refused(try evaluate("plane", "--solver-tolerance", "0.1,x"), 64, "'x'")
      refused(try evaluate("plane", "--solver-tolerance", "0.1,0.1"), 64, "each once")
      refused(try evaluate("plane", "--solver-tolerance", "0"), 64, "from 1e-14")
      refused(
        try evaluate("plane", "--solver-tolerance", "0.1,1e-12"), 78,
        "a tolerance of 1e-12 is below the rounding of float32, 6.0e-08")
      refused(
        try evaluate("cone", "--solver-tolerance", "0.1"), 78, "model.flow.solver: expected")
      refused(
        try evaluate(
          "plane", "--solver-tolerance", "0.1", "--protocol", "paper-normalized"), 64,
        "--solver-tolerance")
    }
  }
}
