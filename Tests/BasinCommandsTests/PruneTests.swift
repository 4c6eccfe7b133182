import Foundation
import NeuralNetworks
import Runs
import Testing

extension ToolStudyTests {
  @Suite("sparse prune")
  struct PruneTests {
    private let folder: Workplace

    init() throws {
      folder = try Workplace()
      let outcome = try Tool.run(
        "train --method neural-ode --epochs 2 --set data.limit=256 --set "
          + "data.validationFraction=0.1 --threads 1 --out run", in: folder)
      try #require(outcome.status == 0, "\(outcome.error)")
    }

    private func prune(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(
        [
          "sparse", "prune", "run", "--epochs", "3", "--fine-tune-epochs", "1", "--limit", "20",
          "--threads", "1",
        ] + arguments, in: folder)
    }

    @Test("makes a smaller run that opens, and says what became of it")
    func smaller() throws {
      let outcome = try prune(
        "--out", "small", "--grouping", "filter", "--weight", "200", "--set",
        "training.batchSize=16", "--format", "json")
      #expect(outcome.status == 0, "\(outcome.error)")
      let found = try outcome.object()
      #expect(try folder.data("small/sparsity.json") == Data(outcome.output.utf8))
      #expect(!folder.exists("small.partial"))
      let units = try #require(found["units"] as? [[String: Any]])
      #expect(units.compactMap { $0["source"] as? String }.count == 4)
      let isSmaller = units.contains { ($0["after"] as? Int ?? 0) < ($0["before"] as? Int ?? 0) }
      #expect(isSmaller)
      #expect(try #require(found["outputDifference"] as? Double) < 1e-4)
      let (before, after) = (
        try #require(found["before"] as? [String: Any]),
        try #require(found["after"] as? [String: Any])
      )
      let count = try #require(after["parameterCount"] as? Int)
      #expect(count < (before["parameterCount"] as! Int))
      let robustness = try #require(after["robustness"] as? [String: Any])
      #expect((robustness["attacks"] as? [Any])?.count == 4)

      let evaluated = try Tool.run(
        "evaluate small --attacks none --corruptions none --format json",
        in: folder)
      #expect(evaluated.status == 0, "\(evaluated.error)")
      let evaluation = try evaluated.object()
      #expect(evaluation["parameterCount"] as? Int == count)
      let clean = (evaluation["result"] as? [String: Any])?["clean"] as? [String: Any]
      let fraction = try #require(clean?["correct"] as? Int)
      let samples = try #require(clean?["count"] as? Int)
      let accuracy = try #require(after["testAccuracy"] as? Double)
      #expect(abs(Double(fraction) / Double(samples) - accuracy) < 1e-12)

      // It is a run that is over, not one to begin.
      let model = try folder.data("small/model.safetensors")
      let resumed = try Tool.run("train --resume small", in: folder)
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(try folder.data("small/model.safetensors") == model)

      // Asked for again, it says so and gives what was found; asked for otherwise, it is refused.
      let again = try prune(
        "--out", "small", "--grouping", "filter", "--weight", "200", "--set",
        "training.batchSize=16", "--format", "json")
      #expect(again.status == 0 && again.output == outcome.output, "\(again.error)")
      #expect(again.error == "basin: small is finished: this is what was found then\n")
      let other = try prune("--out", "small", "--weight", "100")
      #expect(other.status == 74 && other.error.contains("small: expected a new folder"))

      let text = try Tool.run(
        "sparse prune small --out smaller --weight 0.3 --epochs 1",
        in: folder)
      #expect(text.status == 0, "\(text.error)")
      for words in ["generalisation gap", "worst of these", "dynamics.0", "extractor.conv1.weight"]
      { #expect(text.output.contains(words), "\(words)") }
    }

    @Test("Element by element it counts zeros; with a term too")
    func elements() throws {
      let cases = [["--weight", "3"], ["--penalty", "hoyer-square", "--weight", "0.001"]]
      for (index, arguments) in cases.enumerated() {
        let outcome = try Tool.run(
          [
            "sparse", "prune", "run", "--out", "case-\(index)", "--epochs", "2",
            "--fine-tune-epochs", "1", "--attacks", "none", "--threads", "1", "--format", "json",
          ] + arguments, in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        let layers = try #require(try outcome.object()["layers"] as? [[String: Any]])
        #expect(layers.count == 7)
        let nonZeros = layers.compactMap { $0["nonZeros"] as? Int }.reduce(0, +)
        #expect(nonZeros > 0 && nonZeros < 103_000, "\(nonZeros)")
      }
    }

    @Test("Mistakes are told before anything is trained")
    func errors() throws {
      let cases: [(arguments: [String], status: Int32, words: String)] = [
        (["--out", "run"], 64, "expected a new folder, found that of the run that it reads"),
        (["--out", "a", "--penalty", "lasso"], 64, "--penalty: expected one of"),
        (["--out", "a", "--penalty", "hoyer-square", "--form", "proximal"], 78, "no proximal"),
        (["--out", "a", "--weight", "-1"], 64, "--weight"),
        (["--out", "a", "--weight=-1"], 64, "--weight: expected a number from 0"),
        (["--out", "a", "--grouping", "layer"], 64, "element"),
        (["--out", "a", "--epochs", "0"], 64, "an integer from 1"),
        (["--out", "a", "--attacks", "magic"], 64, "magic"),
        ([], 64, "--out"),
      ]
      for (arguments, status, words) in cases {
        let outcome = try Tool.run(["sparse", "prune", "run"] + arguments, in: folder)
        #expect(outcome.status == status, "\(arguments): \(outcome.error)")
        #expect(outcome.error.contains(words), "\(outcome.error)")
      }
      let missing = try Tool.run("sparse prune none --out a", in: folder)
      #expect(missing.status == 66)
      #expect(!folder.exists("a") && !folder.exists("a.partial"))
      try folder.write("", to: "a.partial")
      let partial = try prune("--out", "a")
      #expect(partial.status == 74)
      #expect(partial.error.contains("a.partial"))
    }

    @Test("Stopped and asked for again, it ends as if it had not been")
    func interruption() throws {
      func arguments(_ out: String) -> [String] {
        [
          "sparse", "prune", "run", "--out", out, "--epochs", "30", "--fine-tune-epochs", "2",
          "--weight", "3", "--attacks", "none", "--threads", "1",
        ]
      }
      let running = try Tool.start(arguments("stopped"), in: folder)
      let metrics = folder.file("stopped.partial/metrics.jsonl")
      while running.process.isRunning,
        ((try? Data(contentsOf: metrics))?.count ?? 0) < 2000
      { usleep(2000) }
      running.send(SIGINT)
      let stopped = try running.outcome()
      #expect(stopped.status == 130, "\(stopped.error)")
      #expect(stopped.error.contains("Give the same command again"))
      let resumed = try Tool.run(arguments("stopped"), in: folder)
      #expect(resumed.status == 0, "\(resumed.error)")
      let whole = try Tool.run(arguments("whole"), in: folder)
      #expect(whole.status == 0)
      #expect(
        try folder.data("stopped/model.safetensors") == folder.data("whole/model.safetensors"))
    }
  }
}
