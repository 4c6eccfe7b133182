import Foundation
import NeuralNetworks
import Runs
import Tensors
import Testing

extension ToolTests {
  @Suite("From training to the report")
  struct EndToEndTests {
    /// A copy of the trained runs, to add to.
    private func runs() throws -> Workplace {
      let shared = try TrainedRuns.shared.get()
      let folder = try Workplace()
      try FileManager.default.copyItem(at: shared.folder.file("runs"), to: folder.file("runs"))
      return folder
    }

    @Test("train leaves all the files of a run")
    func runFolder() throws {
      let folder = try runs()
      for name in [
        "config.yaml", "provenance.json", "metrics.jsonl", "model.safetensors",
        "checkpoints/last.safetensors",
      ] { #expect(folder.exists("runs/zubov/\(name)"), "\(name)") }
    }

    @Test("train with --format json prints one object")
    func trainingResult() throws {
      let folder = try Workplace()
      let outcome = try Tool.run(
        "train --method resnet18 --epochs 1 --set data.limit=128 --format json --out run --seed "
          + "3", in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let object = try outcome.object()
      #expect(object["schemaVersion"] as? Int == 1)
      #expect(object["seed"] as? Int == 3)
      #expect(object["run"] as? String == "run")
      #expect((object["testAccuracy"] as? Double).map { (0...1).contains($0) } == true)
    }

    @Test("evaluate prints, saves and verifies")
    func evaluate() throws {
      let folder = try runs()
      let arguments = [
        "evaluate", "runs/zubov", "--attacks", "fgsm,pgd", "--epsilons", "8/255,0.1", "--limit",
        "40",
        "--severities", "3",
      ]
      let outcome = try Tool.run(arguments + ["--format", "json"], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let result = try #require(try outcome.object()["result"] as? [String: Any])
      let threats = try #require(result["threats"] as? [[String: Any]])
      #expect(threats.count == 2)
      #expect((result["corruptions"] as? [Any])?.count == 18)
      #expect(
        try folder.data("runs/zubov/evaluation.json") == Data(outcome.output.utf8))

      let text = try Tool.run(arguments, in: folder).output
      for words in ["clean", "fgsm", "pgd", "worst of these", "Linf 8/255", "Audits"] {
        #expect(text.contains(words), "\(words)")
      }

      let verified = try Tool.run(
        "evaluate runs/zubov --verify runs/zubov/adversarial.safetensors --strict",
        in: folder)
      #expect(verified.status == 0, "\(verified.error)")

      // Claims that are not true are found out.
      let path = folder.file("runs/zubov/adversarial.safetensors").path
      var set = try SafeTensors(contentsOf: path)
      let images = try #require(set.tensors["images"])
      set.tensors["images"] = images * 0.5
      try set.write(to: path)
      let refuted = try Tool.run(
        "evaluate runs/zubov --verify runs/zubov/adversarial.safetensors --strict",
        in: folder)
      #expect(refuted.status == 2)
    }

    @Test("--strict exits with 2 if an audit raises a flag")
    func strict() throws {
      let folder = try runs()
      let outcome = try Tool.run(
        "evaluate runs/zubov --attacks pgd --epsilons 8/255,0.3 --limit 40 --corruptions none "
          + "--strict --format json", in: folder)
      let result = try #require(try outcome.object()["result"] as? [String: Any])
      let audits = try #require(result["audits"] as? [[String: Any]])
      let isFlagged = audits.contains { $0["verdict"] as? String == "flagged" }
      #expect(outcome.status == (isFlagged ? 2 : 0))
    }

    @Test("predict writes what the method has, the same bytes for an image in any company")
    func predict() throws {
      let folder = try runs()
      let images = RandomGenerator(seed: 1).uniform([7, 1, 8, 8])
      func predict(_ range: Range<Int>) throws -> [String: Tensor] {
        try SafeTensors(["images": images.sliced(range).contiguous()]).write(
          to: folder.file("in.safetensors").path)
        let outcome = try Tool.run(
          "predict runs/zubov --input in.safetensors --output out.safetensors",
          in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        return try SafeTensors(contentsOf: folder.file("out.safetensors").path).tensors
      }
      let whole = try predict(0..<7)
      #expect(Set(whole.keys) == ["predictions", "logits", "lyapunov", "features", "state"])
      #expect(whole["lyapunov"]?.shape == [7, 10])
      let values = try #require(whole["lyapunov"])
      #expect(whole["predictions"]?.integers == values.argMin(along: 1).integers)
      for (name, tensor) in try predict(4..<5) {
        #expect(tensor.bytes == whole[name]?.sliced(4..<5).bytes, "\(name)")
      }
    }

    @Test("regions and certify say what they rest on")
    func regions() throws {
      let folder = try runs()
      let regions = try Tool.run("regions runs/plane --limit 60 --verify", in: folder)
      #expect(regions.status == 0, "\(regions.error)")
      #expect(regions.output.contains("Proven to be attracted"))
      #expect(regions.output.contains("the field is not 0 at the equilibrium"))
      #expect(regions.output.contains("Intersection over union with true basins"))
      #expect(folder.exists("runs/plane/regions.json"))
      let certified = try Tool.run("certify runs/zubov --limit 40 --format json", in: folder)
      #expect(certified.status == 0, "\(certified.error)")
      let paper = try #require(try certified.object()["paper"] as? [String: Any])
      let assumption = try #require(paper["assumption"] as? String)
      #expect(assumption.hasPrefix("conditional on Zubov's equation holding exactly everywhere"))
      let text = try Tool.run("certify runs/zubov --limit 40", in: folder).output
      #expect(text.contains("Eq. (10), \(assumption)"))
      // The run's solver chooses its steps.
      #expect(text.contains("No lipschitz radii: model.backbone.flow.solver: expected euler, "))
    }

    @Test("certify has sound certificates on a fixed grid and of the smoothed model")
    func certificates() throws {
      let folder = try runs()
      let arguments = [
        "certify", "runs/zubov", "--limit", "8", "--set", "model.backbone.flow.solver=rk4",
        "--certificate", "all", "--samples", "200", "--sigma", "0.1", "--radii", "0,0.0001",
      ]
      let outcome = try Tool.run(arguments + ["--format", "json", "--out", "c.json"], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let object = try outcome.object()
      #expect(object["schemaVersion"] as? Int == 2)
      #expect((object["omissions"] as? [Any])?.isEmpty == true)
      let lipschitz = try #require(object["lipschitz"] as? [String: Any])
      let (bound, slope) = (
        lipschitz["slopeBound"] as? Double, lipschitz["sampledSlope"] as? Double
      )
      #expect(try #require(bound) > #require(slope) && #require(slope) > 0)
      let smoothing = try #require(object["smoothing"] as? [String: Any])
      let samples = try #require(smoothing["samples"] as? [[String: Any]])
      #expect(samples.count == 8)
      #expect(samples.allSatisfy { ($0["counts"] as? [Int])?.reduce(0, +) == 200 })
      #expect(try folder.data("c.json") == Data(outcome.output.utf8))
      let text = try Tool.run(arguments, in: folder).output
      for words in [
        "eq. (10)", "Lipschitz", "smoothing", "flow on the solver's grid", "abstentions",
      ] { #expect(text.contains(words), "\(words)") }
    }

    @Test("certify refuses a certificate that the run cannot have, and says what to set")
    func missingCertificates() throws {
      let folder = try runs()
      let adaptive = try Tool.run("certify runs/zubov --certificate lipschitz", in: folder)
      #expect(adaptive.status == 78)
      #expect(
        adaptive.error.contains(
          "model.backbone.flow.solver: expected euler, midpoint, heun, ssprk3, rk4, rk4-38, "))
    }

    @Test("report writes one page on several runs")
    func report() throws {
      let folder = try runs()
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      _ = try Tool.run(
        "evaluate runs/zubov --attacks pgd --limit 30 --corruptions none --epsilons 0.1", in: folder
      )
      _ = try Tool.run("regions runs/plane --limit 30", in: folder)
      let arguments = ["report", "runs/zubov", "runs/plane", "--out", "page.html"]
      let outcome = try Tool.run(
        arguments, in: folder, environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("zubov-net"))
      let page = try String(contentsOf: folder.file("page.html"), encoding: .utf8)
      for title in [
        "Accuracy over the budget", "Prescribed regions", "True basins", "Before training",
        "loss terms", "V at h(T)", "What breaks them", "Configuration and provenance",
      ] { #expect(page.contains(title), "\(title)") }

      let without = try Tool.run(
        arguments, in: folder, environment: ["BASIN_VEGA": folder.file("none.js").path])
      #expect(without.status == 69)
      #expect(without.error.contains("Run `make setup`"))
    }
  }
}
