import Foundation
import Runs
import Testing

extension ToolTests {
  @Suite("evaluate --protocol paper-normalized")
  struct MisplacedClampTests {
    let folder: Workplace

    init() throws { folder = try TrainedRuns.shared.get().folder }

    func evaluate(_ run: String, _ arguments: [String]) throws -> Tool.Outcome {
      try Tool.run(
        [
          "evaluate", "runs/\(run)", "--protocol", "paper-normalized", "--limit", "3",
          "--threads", "1",
        ] + arguments, in: folder)
    }

    @Test("prints both spaces under a caption that says what it is, and writes a file of its own")
    func study() throws {
      let outcome = try evaluate(
        "plane", ["--normalization", "0.5,0.5/0.2,0.25", "--epsilons", "0.05", "--out", "s.json"])
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("not robustness"))
      #expect(outcome.output.contains("0.5,0.5/0.2,0.25"))
      #expect(outcome.output.contains("the clamp alone"))
      #expect(!folder.exists("runs/plane/evaluation.json"))
      let object = try #require(
        JSONSerialization.jsonObject(with: folder.data("s.json")) as? [String: Any])
      let result = try #require(object["result"] as? [String: Any])
      let attacks = try #require(result["attacks"] as? [[String: Any]])
      #expect(attacks.count == 7)
      #expect(attacks.allSatisfy { ($0["normalized"] as? [String: Any])?["count"] as? Int == 3 })
    }

    @Test("without --out the result goes to the run's folder, not to evaluation.json")
    func runFolder() throws {
      let outcome = try evaluate("zubov", ["--normalization", "0.3/0.4", "--format", "json"])
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(try outcome.object()["method"] as? String == "zubov-net")
      #expect(folder.exists("runs/zubov/paper-normalized.json"))
    }

    @Test("a normalisation that cannot be, or is not known, is refused")
    func refusals() throws {
      for text in ["0.5", "0.5/0", "0.5,0.5/0.2", "a/0.2", "0.5/0.2/0.1", "/"] {
        #expect(try evaluate("zubov", ["--normalization", text]).status == 64, "\(text)")
      }
      let unknown = try evaluate("zubov", [])
      #expect(unknown.status != 0)
      #expect(unknown.error.contains("normalisation of digits"))
      let channels = try evaluate("zubov", ["--normalization", "0.5,0.5/0.2,0.2"])
      #expect(channels.status != 0 && channels.error.contains("1 channels"))
    }
  }
}
