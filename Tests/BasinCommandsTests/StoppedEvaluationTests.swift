import Foundation
import Runs
import Testing

extension ToolStudyTests {
  @Suite("Stopped evaluations")
  struct StoppedEvaluationTests {
    private let options = [
      "--attacks", "fgsm,pgd-100x5", "--epsilons", "8/255,0.1", "--limit", "12", "--corruptions",
      "gaussian-noise", "--threads", "1", "--batch-size", "4",
    ]

    /// The result without what differs from run to run.
    private func result(_ name: String, in folder: Workplace) throws -> NSDictionary {
      let object = try JSONSerialization.jsonObject(with: folder.data(name)) as? [String: Any]
      return try #require(object?["result"] as? NSDictionary)
    }

    /// How many pages a journal has that another process writes.
    private func pages(of journal: String, in folder: Workplace) -> Int {
      folder.contents.count { $0.hasPrefix("\(journal)/") && $0.hasSuffix(".safetensors") }
    }

    @Test("killed at any moment, an evaluation goes on to the same result and examples")
    func killed() throws {
      let folder = try TrainedRuns.shared.get().folder
      let evaluate = { (name: String) in
        ["evaluate", "runs/zubov", "--out", "\(name).json"] + options
      }
      #expect(try Tool.run(evaluate("whole"), in: folder).status == 0)
      #expect(!folder.exists("whole.journal"))
      var killed = 0
      for pages in [1, 4, 8] {
        let name = "stopped\(pages)"
        let journal = "\(name).journal"
        let running = try Tool.start(evaluate(name), in: folder)
        // By what it has noted, not by the clock: machines are of different speed, and busy.
        while running.process.isRunning, self.pages(of: journal, in: folder) < pages {
          Thread.sleep(forTimeInterval: 0.002)
        }
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.05))
        running.send(SIGKILL)
        _ = try running.outcome()
        let isLeft = folder.exists(journal)
        if isLeft { killed += 1 }
        // What is left is read whatever the batches are now.
        let rest = try Tool.run(evaluate(name) + ["--batch-size", "3"], in: folder)
        #expect(rest.status == 0, "\(rest.error)")
        #expect(rest.error.contains("outcomes of a stopped evaluation") == isLeft)
        #expect(!folder.exists(journal))
        let (whole, resumed) = try (
          result("whole.json", in: folder), result("\(name).json", in: folder)
        )
        for key in ["threats", "corruptions", "clean", "cleanPredictions"] {
          #expect(
            (whole[key] as? NSObject)?.isEqual(resumed[key]) == true,
            "\(key), killed after \(pages) pages")
        }
        #expect(
          try folder.data("\(name)-adversarial.safetensors")
            == folder.data("whole-adversarial.safetensors"))
      }
      #expect(killed > 0)
    }

    @Test("other evaluations of the run, done or at once, take nothing from a stopped one")
    func sideBySide() throws {
      let folder = try Workplace()
      try FileManager.default.copyItem(
        at: TrainedRuns.shared.get().folder.file("runs/zubov"), to: folder.file("run"))
      func evaluate(_ attack: String) -> [String] {
        [
          "evaluate", "run", "--attacks", attack, "--epsilons", "0.1", "--limit", "12",
          "--corruptions", "none", "--threads", "1", "--batch-size", "4",
        ]
      }
      func pages() -> [String] {
        folder.contents.filter { $0.hasPrefix("run/evaluation.journal") }
          .filter { $0.hasSuffix(".safetensors") }
      }
      func attacks(in name: String) throws -> [String] {
        let object = try JSONSerialization.jsonObject(with: folder.data(name)) as? [String: Any]
        let threats = (object?["result"] as? [String: Any])?["threats"] as? [[String: Any]]
        return (threats?[0]["attacks"] as? [[String: Any]] ?? []).compactMap {
          $0["name"] as? String
        }
      }
      let long = try Tool.start(evaluate("pgd-100x5"), in: folder)
      let limit = Date().addingTimeInterval(60)
      while pages().isEmpty, Date() < limit { Thread.sleep(forTimeInterval: 0.01) }
      // It is at work for as long as it is wanted to be.
      long.send(SIGSTOP)
      let noted = pages()
      #expect(!noted.isEmpty)
      let twice = try Tool.run(evaluate("pgd-100x5"), in: folder)
      #expect(twice.status == 69)
      #expect(
        twice.error.contains("found a process at work on the same one. Wait for it"),
        "\(twice.error)")
      let quick = try Tool.run(evaluate("fgsm"), in: folder)
      #expect(quick.status == 0, "\(quick.error)")
      #expect(quick.error.contains("12 images x attacks x budgets"))
      #expect(try attacks(in: "run/evaluation.json") == ["fgsm"])
      long.send(SIGKILL)
      #expect(try long.outcome().status == 128 + SIGKILL)
      #expect(pages() == noted)

      let rest = try Tool.run(evaluate("pgd-100x5"), in: folder)
      #expect(rest.status == 0, "\(rest.error)")
      #expect(rest.error.contains("outcomes of a stopped evaluation"))
      #expect(pages().isEmpty && !folder.exists("run/evaluation.journal"))
      #expect(try attacks(in: "run/evaluation.json") == ["pgd-100x5"])
      // The figures of both are kept.
      let kept = folder.contents.filter { $0.hasPrefix("run/evaluations/") }
      #expect(try Set(kept.flatMap(attacks)) == ["fgsm", "pgd-100x5"])
    }

    @Test("attacks in mixed precision say so in their results")
    func attackPrecision() throws {
      let folder = try TrainedRuns.shared.get().folder
      func evaluate(_ name: String, _ options: String...) throws -> Tool.Outcome {
        try Tool.run(
          [
            "evaluate", "runs/cells", "--out", "\(name).json", "--attacks", "pgd", "--limit", "6",
            "--epsilons", "0.1", "--corruptions", "none", "--threads", "1",
          ] + options, in: folder)
      }
      let outcomes = try [
        evaluate("full-precision"), evaluate("mixed-precision", "--attack-precision", "mixed"),
      ]
      #expect(outcomes.allSatisfy { $0.status == 0 })
      func precisions(_ name: String) throws -> [String?] {
        let threats = try result("\(name).json", in: folder)["threats"] as? [[String: Any]]
        let attacks = try #require(threats?.first?["attacks"] as? [[String: Any]])
        return attacks.flatMap { $0["stages"] as? [[String: Any]] ?? [] }
          .map { ($0["parameters"] as? [String: String])?["precision"] }
      }
      #expect(try precisions("full-precision") == [nil])
      // Where the processor lacks the instructions, the tool says that it does without.
      let isMixed = !outcomes[1].error.contains("no instructions for bfloat16")
      #expect(try precisions("mixed-precision") == [isMixed ? "mixed" : nil])
      let wrong = try evaluate("half-precision", "--attack-precision", "half")
      #expect(wrong.status == 64 && wrong.error.contains("full, mixed"), "\(wrong.error)")
      #expect(!folder.exists("half-precision.json"))
    }

    @Test("a cascade in Markdown") func cascade() throws {
      let folder = try TrainedRuns.shared.get().folder
      let outcome = try Tool.run(
        "evaluate runs/zubov --attacks fgsm,pgd --epsilons 8/255,0.1 --limit 40 --corruptions "
          + "none --cascade --norm Linf --format markdown --out cascade.json", in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("| images | budget | accuracy |"))
      #expect(try result("cascade.json", in: folder)["isCascade"] as? Bool == true)
    }

    @Test("an attack that the norm does not have is refused") func norm() throws {
      let folder = try TrainedRuns.shared.get().folder
      let outcome = try Tool.run(
        "evaluate runs/zubov --attacks fgsm --norm L2 --epsilons 1/2",
        in: folder)
      #expect(outcome.status == 64)
      #expect(
        outcome.error.contains("attacks: expected attacks that are defined in L2, found fgsm"))
    }
  }
}
