import Distributed
import Foundation
import Runs
import Testing
import Training

extension ToolStudyTests {
  /// Trainings and evaluations by several processes, against those of one.
  @Suite(
    "Several processes",
    .enabled(if: ProcessGroup.isAvailable, "built without Gloo's headers (libgloo-dev)"))
  struct SharedRunTests {
    private let folder: Workplace

    init() throws { folder = try Workplace() }

    private func options(_ method: String, epochs: Int = 1) -> [String] {
      [
        "--method", method, "--data", "digits", "--epochs", "\(epochs)", "--seed", "7", "--threads",
        "1", "--set", "data.limit=128", "--set", "training.batchSize=50", "--set",
        "training.accuracySamples=100",
      ]
    }

    private func launch(_ count: Int, _ arguments: [String]) throws -> Tool.Outcome {
      try Tool.run(["launch", "--processes", "\(count)", "--"] + arguments, in: folder)
    }

    private struct Line: Decodable {
      let kind: String
      let step: Int
      let terms: [String: Double]?
      let gradientNorm: Double?
      let evaluations: Int?
      let trainAccuracy: Double?
      let testAccuracy: Double?
    }

    private func metrics(_ run: String) throws -> [Line] {
      try String(decoding: folder.data("\(run)/metrics.jsonl"), as: UTF8.self).split(
        separator: "\n"
      )
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private static let normalized = [
      "model.extractor=resnet18", "model.width=4",
    ].flatMap { ["--set", $0] }

    @Test(
      "A shared training has the curve of one process",
      arguments: [
        ("zubov-net", [], 2), ("fxts-net", [], 4), ("lyanet", ["--set", "model.dropout=0.1"], 3),
        ("neural-ode", ["--set", "training.adversarial.objective=trades"], 2),
        ("resnet18", normalized, 4),
      ])
    func curve(_ method: String, _ settings: [String], _ count: Int) throws {
      let options = options(method) + settings
      let alone = try Tool.run(["train", "--out", "alone"] + options, in: folder)
      try #require(alone.status == 0, "\(alone.error)")
      let shared = try launch(count, ["train", "--out", "shared"] + options)
      try #require(shared.status == 0, "\(shared.error)")
      // One result, as if there were one process.
      #expect(
        shared.output.split(separator: "\n").count == alone.output.split(separator: "\n").count)
      let (first, second) = try (metrics("alone"), metrics("shared"))
      try #require(first.map(\.kind) == second.map(\.kind))
      for (a, b) in zip(first, second) {
        #expect(a.evaluations == b.evaluations)
        #expect(a.trainAccuracy == b.trainAccuracy)
        #expect(a.testAccuracy == b.testAccuracy)
        for (name, value) in a.terms ?? [:] where name != "adversarial_accuracy" {
          let other = try #require(b.terms?[name])
          #expect(
            abs(value - other) <= 1e-4 * abs(value) + 1e-6, "step \(a.step), \(name): \(other)")
        }
        if let norm = a.gradientNorm, let other = b.gradientNorm {
          #expect(abs(norm - other) <= 1e-3 * norm, "step \(a.step)")
        }
      }
      let provenance = try String(decoding: folder.data("shared/provenance.json"), as: UTF8.self)
      #expect(provenance.contains("\"processes\" : \(count)"))
    }

    /// Starts processes as another launcher would.
    private func start(_ count: Int, _ arguments: [String]) throws -> [RunningTool] {
      let port = try FreePort.onLoopback()
      return try (0..<count).map { rank in
        try Tool.start(
          arguments, in: folder,
          environment: [
            "RANK": "\(rank)", "WORLD_SIZE": "\(count)", "LOCAL_RANK": "\(rank)",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)", "BASIN_TIMEOUT": "60",
          ])
      }
    }

    private func waitForSteps(_ run: String) {
      let limit = Date().addingTimeInterval(60)
      while (try? folder.data("\(run)/metrics.jsonl").isEmpty) ?? true, Date() < limit {
        Thread.sleep(forTimeInterval: 0.05)
      }
    }

    @Test("A lost process ends the others with a checkpoint, from which any number goes on")
    func loss() throws {
      let options = options("neural-ode", epochs: 2000)
      let processes = try start(
        3, ["train", "--out", "run"] + options + ["--set", "training.checkpointSeconds=1000"])
      waitForSteps("run")
      processes[1].send(SIGKILL)
      let outcomes = try processes.map { try $0.outcome() }
      #expect(outcomes.map(\.status) == [69, 128 + SIGKILL, 69])
      #expect(outcomes[0].error.contains("another process of this training was lost after step"))
      #expect(outcomes[0].error.contains("a checkpoint is written"))
      #expect(outcomes[2].error.contains("the first process, if it is there, writes a checkpoint"))
      #expect(folder.exists("run/checkpoints/last.safetensors"))
      let done = try metrics("run").last { $0.kind == "step" }!.step
      #expect(outcomes[0].error.contains("after step \(done):"))

      let again = try start(2, ["train", "--resume", "run", "--threads", "1"])
      let limit = Date().addingTimeInterval(60)
      while try metrics("run").last!.step <= done, Date() < limit {
        Thread.sleep(forTimeInterval: 0.05)
      }
      // One is asked to end; both do, after the same step.
      again[1].send(SIGINT)
      let ends = try again.map { try $0.outcome() }
      #expect(ends.map(\.status) == [130, 130])
      let last = try metrics("run").last { $0.kind == "step" }!.step
      #expect(last > done)
      for end in ends { #expect(end.error.contains("interrupted after step \(last),")) }
      let steps = try metrics("run").filter { $0.kind == "step" }.map(\.step)
      #expect(steps == Array(1...last))
    }

    @Test("A signal to the launcher ends all of them with a checkpoint") func signal() throws {
      let running = try Tool.start(
        ["launch", "--processes", "2", "--", "train", "--out", "run"]
          + options("neural-ode", epochs: 2000), in: folder)
      waitForSteps("run")
      running.send(SIGTERM)
      let outcome = try running.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.output.isEmpty)
      #expect(outcome.error.contains("Continue with `basin train --resume run`."))
      #expect(outcome.error.contains("[1] "))
      #expect(folder.exists("run/checkpoints/last.safetensors"))
    }

    @Test("Processes of other settings are told so") func disagreement() throws {
      let port = try FreePort.onLoopback()
      let outcomes = try (0..<2).map { rank in
        try Tool.start(
          ["train", "--out", "run"] + options("neural-ode") + ["--seed", "\(rank)"], in: folder,
          environment: [
            "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": "\(port)", "BASIN_TIMEOUT": "60",
          ])
      }.map { try $0.outcome() }
      for outcome in outcomes {
        #expect(outcome.status == 70)
        #expect(
          outcome.error.contains("expected the same configuration (its hash) on every process"))
      }
    }

    @Test("A shared evaluation is that of one process, bit for bit", arguments: [2, 3])
    func evaluation(_ count: Int) throws {
      let folder = try TrainedRuns.shared.get().folder
      let evaluate = { (name: String) in
        [
          "evaluate", "runs/zubov", "--out", "\(name).json", "--attacks", "fgsm,pgd", "--epsilons",
          "8/255,0.1", "--limit", "25", "--corruptions", "gaussian-noise", "--threads", "1",
        ]
      }
      let name = "shared\(count)"
      #expect(try Tool.run(evaluate("single\(count)"), in: folder).status == 0)
      let outcome = try Tool.run(
        ["launch", "--processes", "\(count)", "--"] + evaluate(name), in: folder)
      try #require(outcome.status == 0, "\(outcome.error)")
      #expect(!folder.exists("\(name).journal"))
      let results = try ["single\(count)", name].map { name in
        var object = try #require(
          try JSONSerialization.jsonObject(with: folder.data("\(name).json")) as? [String: Any])
        object["seconds"] = nil
        return object as NSDictionary
      }
      #expect(results[0] == results[1])
      // Whatever was to be found is found before the first process puts it together.
      let corrupted = 25 * 5
      let numbers = try String(decoding: folder.data("\(name).json"), as: UTF8.self)
        .matches(of: /"attacked" ?: ?([0-9]+)/).compactMap { Int($0.1) }
      #expect(!numbers.isEmpty)
      let outcomes = corrupted + numbers.reduce(0, +)
      #expect(outcome.error.contains("joining \(outcomes) outcomes of \(count) processes"))
      #expect(
        try folder.data("\(name)-adversarial.safetensors")
          == folder.data("single\(count)-adversarial.safetensors"))
    }

    @Test("What processes cannot share is refused before they start or at once")
    func refusals() throws {
      for (arguments, expected) in [
        (
          ["launch", "--processes", "2"],
          "expected -- and then one of train or evaluate, found nothing"
        ),
        (
          ["launch", "--processes", "2", "--", "doctor"],
          "expected -- and then one of train or evaluate, found 'doctor'"
        ),
        (
          ["launch", "--processes", "0", "--", "train"],
          "--processes: expected a number from 1 to 1024, found 0"
        ),
      ] {
        let outcome = try Tool.run(arguments, in: folder)
        #expect(outcome.status == 64)
        #expect(outcome.error.contains(expected))
      }
      let wrong = try launch(2, ["train", "--method", "no-such"])
      #expect(wrong.status == 64)
      let environment = ["RANK": "2", "WORLD_SIZE": "2"]
      let odd = try Tool.run("train", in: folder, environment: environment)
      #expect(odd.status == 64)
      #expect(odd.error.contains("RANK: expected a number from 0 to 1, found '2'."))
    }
  }
}
