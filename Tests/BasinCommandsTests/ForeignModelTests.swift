import BasinCommands
import Foundation
import Testing

extension ToolTests {
  @Suite("Models of PyTorch's")
  struct ForeignModelTests {
    private static let golden = DocumentedCommand.root.appendingPathComponent("Tests/Golden")

    private func evaluate(
      _ model: String, _ options: [String] = [], in folder: Workplace
    ) throws -> Tool.Outcome {
      try Tool.run(
        [
          "evaluate", "--model", Self.golden.appendingPathComponent(model).path, "--data", "digits",
          "--normalization", "0.3/0.35", "--limit", "40", "--threads", "1",
        ] + options, in: folder)
    }

    @Test("are attacked, audited, verified and certified as runs are")
    func evaluation() throws {
      let folder = try Workplace()
      let outcome = try evaluate(
        "traced.pt",
        [
          "--attacks", "fgsm,pgd", "--epsilons", "0.05,0.1", "--corruptions", "gaussian-noise",
          "--out", "net.json", "--format", "json",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let evaluation = try outcome.object()
      #expect(evaluation["method"] as? String == "torchscript")
      #expect(evaluation["parameterCount"] as? Int == 1042)
      #expect(
        evaluation["preparation"] as? String == "pixels from 0 to 1, normalised by 0.3/0.35")
      #expect(
        folder.contents.filter { !$0.hasPrefix(".") } == [
          "net-adversarial.safetensors", "net.json",
        ])
      let result = try #require(evaluation["result"] as? [String: Any])
      let clean = try #require((result["clean"] as? [String: Any])?["correct"] as? Int)
      #expect(clean > 30)

      let verified = try evaluate(
        "traced.pt", ["--verify", "net-adversarial.safetensors", "--strict"], in: folder)
      #expect(verified.status == 0, "\(verified.error)")
      #expect(!verified.error.contains("another model"))
      let other = try evaluate(
        "scripted-training.pt", ["--verify", "net-adversarial.safetensors"], in: folder)
      // The same weights in another file.
      #expect(other.status == 0 && other.error.contains("another model or configuration"))

      try folder.write("window.vegaEmbed = null", to: "vega.js")
      let report = try Tool.run(
        "report net.json --out report.html", in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(report.status == 0, "\(report.error)")
      let page = try String(contentsOf: folder.file("report.html"), encoding: .utf8)
      #expect(page.contains("torchscript (net.json)") && page.contains("What breaks them"))

      let model = try Tool.run(
        "report \(Self.golden.appendingPathComponent("traced.pt").path) --out report.html",
        in: folder)
      #expect(model.status == 65 && model.error.contains("Give a file that Basin wrote"))
      #expect(!model.error.contains("Delete"))

      let certified = try Tool.run(
        "certify --model \(Self.golden.appendingPathComponent("traced.pt").path) --data digits "
          + "--normalization 0.3/0.35 --certificate smoothing --samples 200 --limit 3 --threads 1 "
          + "--format json", in: folder)
      #expect(certified.status == 0, "\(certified.error)")
      #expect(try certified.object()["smoothing"] != nil)
    }

    @Test("that kept training mode raise a flag")
    func modes() throws {
      let folder = try Workplace()
      let flagged = try evaluate(
        "traced-training.pt", ["--attacks", "none", "--corruptions", "none", "--strict"], in: folder
      )
      #expect(flagged.status == 2, "\(flagged.error)")
      #expect(flagged.output.contains("batch-dependence"))
    }

    @Test(
      "or what is none, end with a line and its exit code",
      arguments: [
        (
          "--model nowhere.pt --data digits --normalization none", 66,
          "nowhere.pt: expected a TorchScript"
        ),
        ("--model text.pt --data digits --normalization none", 65, "found other content"),
        ("--model GOLDEN/traced.pt --data toy-2d --normalization none", 65, "found a failure: "),
        (
          "--model GOLDEN/traced.pt --data digits --normalization 0.5,0.5/1,1", 65,
          "expected means and deviations of 1 channel, found 2"
        ),
      ])
    func failures(options: String, status: Int32, message: String) throws {
      let folder = try Workplace()
      try folder.write("hello", to: "text.pt")
      let words = options.replacing("GOLDEN", with: Self.golden.path).split(separator: " ")
      let outcome = try Tool.run(["evaluate"] + words.map(String.init), in: folder)
      #expect(outcome.status == status, "\(options): \(outcome.error)")
      #expect(outcome.error.contains(message), "\(options): \(outcome.error)")
    }

    @Test(
      "are asked for as a whole, and not beside a run",
      arguments: [
        ("evaluate --model net.pt --data digits", "expected --normalization"),
        ("evaluate --model net.pt --normalization none", "expected --data"),
        ("evaluate", "expected a run, or --model FILE"),
        ("evaluate runs/a --model net.pt --data digits --normalization none", "found both"),
        ("evaluate runs/a --data digits", "--data goes with --model"),
        ("evaluate runs/a --normalization none", "--normalization goes with"),
        ("certify runs/a --normalization none", "--normalization goes with"),
        ("evaluate --model net.pt --data digits --normalization none --set seed=1", "are of runs"),
        (
          "evaluate --model net.pt --data digits --normalization none --input-range 1,0",
          "input-range"
        ),
        ("certify --model net.pt --data digits --normalization none", "--certificate smoothing"),
        ("export runs/a --to onnx --out net.onnx", "its method batch"),
        ("export runs/a --to pickle --out net.pkl", "expected torchscript or safetensors"),
      ])
    func usage(line: String, message: String) throws {
      let arguments = line.split(separator: " ").map(String.init)
      do {
        _ = try BasinTool.command(arguments)
        Issue.record("\(line) was understood")
      } catch {
        let failure = try #require(BasinTool.failure(of: error, for: arguments))
        #expect(failure.exitCode == 64)
        #expect(failure.message.contains(message), "\(failure.message)")
      }
    }
  }
}
