import Foundation
import Testing

extension ToolTests {
  @Suite("Output that cannot be written is an error, and nothing else is lost")
  struct LostOutputTests {
    /// Runs a shell's command in which `basin` is the tool.
    private func shell(_ command: String, in folder: Workplace) throws -> Tool.Outcome {
      try Tool.start(
        ["-c", command], of: URL(fileURLWithPath: "/bin/sh"), in: folder,
        environment: ["basin": Tool.url.path]
      ).outcome()
    }

    @Test(
      "A full disk behind standard output",
      .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
      arguments: [
        "methods zubov-net", "--version", "data list --format json",
      ])
    func full(_ arguments: String) throws {
      let outcome = try shell("$basin \(arguments) >/dev/full", in: Workplace())
      #expect(outcome.status == 74)
      #expect(outcome.error.hasPrefix("basin: standard output: expected a stream"))
      #expect(outcome.error.split(separator: "\n").count == 1)
    }

    @Test("What is computed is kept when its output is lost")
    func evaluation() throws {
      let folder = try TrainedRuns.shared.get().folder
      let outcome = try shell(
        "$basin evaluate runs/plane --attacks none --corruptions none --limit 2 --out lost.json >&-",
        in: folder)
      #expect(outcome.status == 74)
      #expect(outcome.error.contains("standard output: expected a stream that takes the result"))
      #expect(try folder.data("lost.json").starts(with: Data("{".utf8)))
    }

    @Test("Closed streams are not taken by files", arguments: ["", "<&- 2>&-"])
    func closed(_ others: String) throws {
      let outcome = try shell("$basin methods >&- \(others)", in: Workplace())
      #expect(outcome.status == 74)
      #expect(outcome.error.isEmpty == others.contains("2>"))
    }

    @Test("A reader that has gone ends it without a word") func pipe() throws {
      let outcome = try shell(
        "{ $basin methods zubov-net; echo $? >status; } | :; cat status", in: Workplace())
      #expect(outcome.error.isEmpty)
      #expect(outcome.output == "\(128 + SIGPIPE)\n")
    }

    /// The limit of a file's size, in blocks of 512 bytes, stands for the end of the disk.
    @Test("A training whose disk is full keeps its last checkpoint, and goes on from there")
    func fullDisk() throws {
      let folder = try Workplace()
      let options = """
        --method neural-ode --data digits --seed 7 --threads 1 --set data.limit=64 --set \
        training.batchSize=32 --epochs 2
        """
      let whole = try shell("$basin train --out whole \(options)", in: folder)
      #expect(whole.status == 0, "\(whole.error)")
      let model = try folder.data("whole/model.safetensors")
      let size = try folder.data("whole/checkpoints/last.safetensors").count
      #expect(model.count < size - 1024)
      // Room for the model, and for no checkpoint.
      let limited = try shell(
        "ulimit -f \((size - 1024) / 512); $basin train --out run \(options)", in: folder)
      #expect(limited.status == 74)
      #expect(limited.error.contains("run/checkpoints/last.safetensors: expected a place"))
      #expect(!folder.contents.contains { $0.hasSuffix(".part") })
      let resumed = try shell("$basin train --resume run --threads 1", in: folder)
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(try folder.data("run/model.safetensors") == model)

      // Another round, in which no file has room.
      let checkpoint = try folder.data("run/checkpoints/last.safetensors")
      let full = try shell(
        "ulimit -f 1; $basin train --resume run --threads 1", in: folder)
      #expect(full.status == 74 && full.error.split(separator: "\n").count == 1, "\(full.error)")
      #expect(try folder.data("run/checkpoints/last.safetensors") == checkpoint)
      #expect(try folder.data("run/model.safetensors") == model)
      let evaluation = try shell(
        """
        $basin evaluate run --attacks none --corruptions none --limit 2 >/dev/null && \
        cp run/evaluation.json before && ulimit -f 1 && \
        $basin evaluate run --attacks fgsm --corruptions none --limit 40
        """, in: folder)
      #expect(evaluation.status == 74, "\(evaluation.error)")
      #expect(try folder.data("run/evaluation.json") == folder.data("before"))
      #expect(!folder.contents.contains { $0.hasSuffix(".part") })
    }

    @Test("A limit of open files that nothing can work with is one line") func fewFiles() throws {
      let outcome = try shell("ulimit -n 8; $basin methods", in: Workplace())
      #expect(outcome.status == 74)
      #expect(outcome.error.contains("expected at least 16 files that may be open at once"))
      #expect(outcome.error.split(separator: "\n").count == 1)
    }
  }
}
