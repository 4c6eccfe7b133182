import ArgumentParser
import BasinCommands
import Foundation
import Runs
import Testing

extension ToolTests {
  /// What a command would write is looked at before it runs, so that most of this needs no process.
  @Suite("No command writes over what it reads")
  struct OutputFileTests {
    private let folder: Workplace

    init() throws {
      folder = try Workplace()
      let runs = try TrainedRuns.shared.get()
      try FileManager.default.copyItem(at: runs.folder.file("runs/plane"), to: folder.file("run"))
      try folder.write("1,0\n0,1\n", to: "A.csv")
      try folder.write("1\n1\n", to: "b.csv")
      try folder.write("seed: 1\n", to: "c.yaml")
    }

    /// A command line with its paths, which begin with a slash, in the folder.
    private func refusal(_ line: String) -> String? {
      let arguments = line.split(separator: " ").map { word -> String in
        word.hasPrefix("/") && !word.hasPrefix("/dev")
          ? folder.url.path + word
          : String(word).replacing("folder:/", with: "folder:\(folder.url.path)/")
      }
      do {
        _ = try BasinTool.checked(arguments)
        return nil
      } catch {
        return "\(error)"
      }
    }

    @Test("A file that is read, or a run's own, is refused, by whatever name") func refused() throws
    {
      try FileManager.default.copyItem(at: folder.file("run"), to: folder.file("other"))
      try FileManager.default.createDirectory(
        at: folder.file("data/mnist"), withIntermediateDirectories: true)
      try folder.write("x", to: "data/mnist/file")
      try folder.write("{}", to: "run/regions.json")
      try folder.write("x", to: "x.safetensors")
      // A run that learnt from a user's own images, whose settings are all that is looked at.
      for folder in ["images/train/a", "learnt"] {
        try FileManager.default.createDirectory(
          at: self.folder.file(folder), withIntermediateDirectories: true)
      }
      try folder.write("x", to: "images/train/a/1.png")
      let images = "folder:\(folder.file("images").path)"
      try folder.write("data: {name: '\(images)'}\n", to: "f.yaml")
      let settings = String(decoding: try folder.data("run/config.yaml"), as: UTF8.self)
      try folder.write(
        settings.replacing("name: toy-2d", with: "name: '\(images)'"), to: "learnt/config.yaml")
      let weights = folder.file("run/model.safetensors")
      try FileManager.default.createSymbolicLink(
        at: folder.file("link"), withDestinationURL: weights)
      try FileManager.default.linkItem(at: weights, to: folder.file("hard"))
      for (line, words) in [
        ("evaluate /run --out /run/model.safetensors", "which it reads"),
        ("evaluate /run --out /run/../run/./CONFIG.yaml", "s own, found"),
        ("evaluate /run --out /link", "which it reads"),
        ("evaluate /run --out /hard", "which it reads"),
        ("evaluate /run --out /run/regions.json", "which it reads"),
        ("evaluate /run --out /other/evaluation.json", "s own, found"),
        ("evaluate /run --config /c.yaml --out /c.yaml", "which it reads"),
        ("evaluate /run --verify /c.yaml --out /run/evaluation.json", "s own, found"),
        ("evaluate /run --transfer /other --out /other/metrics.jsonl", "which it reads"),
        ("evaluate /run --protocol paper-normalized --out /run/evaluation.json", "s own, found"),
        ("evaluate /run/model.safetensors --out /run/model.safetensors", "which it reads"),
        ("regions /run --out /run/checkpoints/last.safetensors", "which it reads"),
        ("certify /run --out /run/checkpoints/new.safetensors", "s own, found"),
        ("predict /run --input /x.safetensors --output /x.safetensors", "which it reads"),
        ("predict /run --input /A.csv --output /run/model.safetensors", "which it reads"),
        ("report /run /other --out /other/config.yaml", "which it reads"),
        ("report /run --out /data/mnist/file --data-root /data", "one in"),
        ("evaluate /learnt --out /images/train/a/1.png", "one in"),
        ("report /learnt --out /images/train/a/1.png", "one in"),
        ("evaluate /run --set data.name=folder:/images --out /images/train/a/1.png", "one in"),
        ("evaluate /run --config /f.yaml --out /images/train/a/1.png", "one in"),
        ("sparse recover --matrix /A.csv --measurements /b.csv --output /b.csv", "which it reads"),
        ("sparse path --matrix /A.csv --measurements /b.csv --output /A.csv", "which it reads"),
        ("sparse path --matrix /A.csv --measurements /b.csv --out /A.csv", "which it reads"),
        (
          "sparse path --matrix /A.csv --measurements /b.csv --out /x --output /x",
          "expected another file than that of --output, found the same"
        ),
        ("sparse phase --out /run/metrics.jsonl", "s own, found"),
        ("theory separability --out /run/metrics.jsonl", "s own, found"),
        ("roa /c.yaml --out /c.yaml", "which it reads"),
        ("roa /c.yaml --certificate /c.yaml", "which it reads"),
        ("sparse prune /run --out /run", "expected a new folder"),
        ("table 1 --data digits --out /run", "expected a folder that holds runs"),
        ("figure 5 --data digits --out /run", "expected a folder that holds runs"),
        ("figure 5 --data digits --out /A.csv", "expected a folder"),
        ("sweep --vary seed=0,1 --out /run", "expected a folder that holds runs"),
        ("report /run --out /run", "expected a file, or the name of a new one, found a folder"),
        ("report /run --out /missing/report.html", "No such file or directory"),
      ] {
        let message = try #require(refusal(line), "\(line) is accepted")
        #expect(message.contains(words), "\(line)")
      }
    }

    @Test("Other places are accepted") func accepted() throws {
      try folder.write("{}", to: "run/my.json")
      try folder.write("{}", to: "run/evaluation.json")
      for line in [
        "evaluate /run --out /run/evaluation.json", "evaluate /run",
        "evaluate /run --out /run/my.json",
        "evaluate /run --out /c.yaml", "regions /run --out /run/regions.json", "certify /run",
        "report /run --out /run/report.html", "predict /run --input /A.csv --output /b.safetensors",
        "evaluate /run --protocol paper-normalized --out /run/paper-normalized.json",
        "sparse prune /run --out /run/small", "table 1 --data digits --out /runs",
        "evaluate /nothing",
      ] {
        #expect(refusal(line) == nil, "\(line)")
      }
    }

    /// A command line of each command that has `--out` or `--output`, without the value of that option;
    /// those that make a new folder are the last ones.
    private static let commands = [
      "evaluate": "/run --out", "predict": "/run --input /A.csv --output", "regions": "/run --out",
      "certify": "/run --out", "report": "/run --out", "theory separability": "--out",
      "roa": "/c.yaml --out", "theory growth": "--out", "export": "/run --to safetensors --out",
      "sparse recover": "--matrix /A.csv --measurements /b.csv --output",
      "sparse path": "--matrix /A.csv --measurements /b.csv --output", "sparse phase": "--out",
      "sparse noise": "--out", "sparse convergence": "--out", "sparse prune": "/run --out",
      "stabilize": "/run --bound 1 --out",
      "table": "1 --out", "figure": "5 --out", "sweep": "--vary seed=0,1 --out",
      // Anything at its place is refused by the run folder itself.
      "train": "",
    ]

    private func leaves(
      _ command: any ParsableCommand.Type, _ name: [String] = []
    ) -> [(name: String, type: any ParsableCommand.Type)] {
      let children = command.configuration.subcommands
      guard !children.isEmpty else { return [(name.joined(separator: " "), command)] }
      return children.flatMap { leaves($0, name + [$0.configuration.commandName!]) }
    }

    @Test(
      "Every option that names an output is known here, and refuses devices, pipes and links to nothing"
    )
    func devices() throws {
      let writers = leaves(BasinTool.self).filter {
        !$0.type.helpMessage().matches(of: /--out(put)? </).isEmpty
      }
      #expect(Set(writers.map(\.name)) == Set(Self.commands.keys))
      #expect(mkfifo(folder.file("pipe").path, 0o600) == 0)
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("nothing").path, withDestinationPath: "nowhere")
      for (name, arguments) in Self.commands where name != "train" {
        for (place, found) in [
          ("/pipe", "a pipe"), ("/dev/null", "a device"), ("/nothing", "a link to nothing"),
        ] {
          let message = try #require(refusal("\(name) \(arguments) \(place)"), "\(name) \(place)")
          #expect(message.contains("found \(found)"), "\(name): \(message)")
        }
      }
    }

    @Test("The tool says so with 64 before it computes, and removes what killed writers left")
    func process() throws {
      let before = try folder.data("run/model.safetensors")
      let outcome = try Tool.run("evaluate run --out run/model.safetensors", in: folder)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(
        outcome.error == """
          basin: --out run/model.safetensors: expected a file that the command does not read, found \
          \(folder.file("run/model.safetensors").resolvingSymlinksInPath().path), which it reads. \
          Choose another name.

          """)
      #expect(try folder.data("run/model.safetensors") == before)

      try folder.write("half", to: "page.html.4.5.part")
      // To a file, which `/dev/stdout` leads to.
      let stream = try Tool.run("report run --out /dev/stdout", in: folder)
      #expect(stream.status == 64 && stream.error.contains("found a standard stream"))
      let report = try Tool.run("report run --out page.html", in: folder)
      #expect(report.status == 0, "\(report.error)")
      #expect(folder.exists("page.html") && !folder.exists("page.html.4.5.part"))
    }
  }
}
