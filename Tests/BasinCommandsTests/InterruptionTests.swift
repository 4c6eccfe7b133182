import Foundation
import Runs
import Testing

extension ToolStudyTests {
  @Suite("Interrupted trainings")
  struct InterruptionTests {
    private let options = [
      "--method", "zubov-net", "--data", "digits", "--epochs", "2", "--seed", "7", "--threads", "1",
      "--set", "data.limit=64", "--set", "training.batchSize=16", "--set",
      "training.checkpointEvery=2", "--set", "training.accuracySamples=16",
    ]

    @Test("killed at any moment and resumed, a training ends with the same weights")
    func killed() throws {
      let folder = try Workplace()
      let start = Date()
      #expect(try Tool.run(["train", "--out", "alone"] + options, in: folder).status == 0)
      let seconds = Date().timeIntervalSince(start)
      let weights = try folder.data("alone/model.safetensors")

      var generator = SystemRandomNumberGenerator()
      for number in 0..<3 {
        let training = try Tool.start(["train", "--out", "run\(number)"] + options, in: folder)
        let moment = Double.random(in: 0...seconds, using: &generator)
        Thread.sleep(forTimeInterval: moment)
        training.send(SIGKILL)
        _ = try training.outcome()
        let rest =
          folder.exists("run\(number)")
          ? ["--resume", "run\(number)", "--threads", "1"] : ["--out", "run\(number)"] + options
        let outcome = try Tool.run(["train"] + rest, in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(
          try folder.data("run\(number)/model.safetensors") == weights, "killed after \(moment) s")
      }
    }

    @Test(
      "a signal writes a checkpoint and exits with 130; SIGQUIT ends at once",
      arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func interrupted(_ signal: Int32) throws {
      let folder = try Workplace()
      let training = try Tool.start(
        ["train", "--out", "run"] + options + ["--epochs", "300"], in: folder)
      // Once the training has its first step, or after a minute at the most.
      let limit = Date().addingTimeInterval(60)
      while (try? folder.data("run/metrics.jsonl").isEmpty) ?? true, Date() < limit {
        Thread.sleep(forTimeInterval: 0.05)
      }
      training.send(signal)
      let outcome = try training.outcome()
      guard signal != SIGQUIT else {
        #expect(outcome.status == 128 + SIGQUIT && outcome.output.isEmpty)
        return
      }
      #expect(outcome.status == 130)
      #expect(outcome.output.isEmpty)
      #expect(outcome.error.contains("Continue with `basin train --resume run`."))
      #expect(folder.exists("run/checkpoints/last.safetensors"))
    }
  }
}
