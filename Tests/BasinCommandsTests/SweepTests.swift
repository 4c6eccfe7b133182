import Foundation
import Runs
import Testing

extension ToolStudyTests {
  @Suite("sweep")
  struct SweepTests {
    private let folder: Workplace
    private let options = [
      "sweep", "--method", "neural-ode", "--epochs", "1", "--set", "data.limit=64", "--set",
      "training.accuracySamples=0", "--out", "sweep",
    ]

    init() throws { folder = try Workplace() }

    @Test("trains, ranks, goes on where it was, and refuses another sweep in its folder")
    func ranked() throws {
      let vary = [
        "--epochs", "2", "--set", "training.optimizer=sgd", "--set",
        "model.backbone.activation=relu", "--vary", "training.learningRate=1e-3,1000", "--vary",
        "seed=0,1",
      ]
      let first = try Tool.run(
        options + vary + ["--processes", "2", "--format", "json"], in: folder)
      #expect(first.status == 0, "\(first.error)")
      let entries = try #require(try first.object()["entries"] as? [[String: Any]])
      #expect(entries.count == 4)
      // A learning rate of 1000 fails, and the sweep goes on.
      #expect(entries.map { $0["failure"] != nil } == [false, false, true, true])
      #expect(first.error.contains("warning: trial 3 failed: "))
      #expect(folder.exists("sweep/sweep.html"))

      let weights = try folder.data("sweep/trial-001/model.safetensors")
      let second = try Tool.run(options + vary + ["--format", "json"], in: folder)
      #expect(second.status == 0, "\(second.error)")
      #expect(try folder.data("sweep/trial-001/model.safetensors") == weights)
      let other = try Tool.run(options + ["--vary", "seed=0,1,2"], in: folder)
      #expect(other.status == 74)
      #expect(
        other.error.contains(
          "found another sweep, which varies training.learningRate=1e-3,1000 seed=0,1")
      )
      let drawn = try Tool.run(options + vary + ["--trials", "3"], in: folder)
      #expect(drawn.status == 74)
      #expect(drawn.error.contains("which has every combination, not --trials"))
    }

    @Test("interrupted, its trainings write checkpoints, and the same command finishes them")
    func interrupted() throws {
      let arguments =
        options.map { $0 == "1" ? "60" : $0 } + ["--vary", "seed=0,1", "--processes", "2"]
      let sweep = try Tool.start(arguments, in: folder)
      let limit = Date().addingTimeInterval(60)
      while (try? folder.data("sweep/trial-001/metrics.jsonl").isEmpty) ?? true, Date() < limit {
        Thread.sleep(forTimeInterval: 0.05)
      }
      sweep.send(SIGINT)
      let outcome = try sweep.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.error.contains("Give the same command again to go on."))
      #expect(folder.exists("sweep/trial-001/checkpoints/last.safetensors"))
      let rest = try Tool.run(arguments + ["--format", "json"], in: folder)
      #expect(rest.status == 0, "\(rest.error)")
      #expect((try rest.object()["entries"] as? [Any])?.count == 2)
    }
  }
}
