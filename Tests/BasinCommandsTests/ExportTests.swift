import Datasets
import Files
import Foundation
import NeuralNetworks
import Runs
import Tensors
import Testing

extension ToolTests {
  @Suite("Runs written for PyTorch")
  struct ExportTests {
    @Test("are read again as models that compute the same")
    func torchScript() throws {
      let runs = try TrainedRuns.shared.get().folder
      let folder = try Workplace()
      let path = runs.file("runs/zubov").path
      let settings = ["--set", "model.backbone.flow.solver=rk4"]
      let exported = try Tool.run(
        ["export", path, "--to", "torchscript", "--out", "net.pt", "--threads", "1"] + settings,
        in: folder)
      #expect(exported.status == 0, "\(exported.error)")
      #expect(exported.output.contains("forward"))
      // PyTorch's ONNX exporter infers no shapes behind a convolution with one dilation for two axes.
      let archive = try ZipArchive(
        content: [UInt8](Data(contentsOf: folder.file("net.pt"))), location: "net.pt")
      let code = try #require(archive.entries.first { $0.name.hasSuffix("__torch__.py") })
      let program = String(decoding: try archive.content(of: code), as: UTF8.self)
      #expect(program.contains("torch._convolution(") && !program.contains("[1], False"))

      func evaluated(_ model: [String]) throws -> [String: Any] {
        let outcome = try Tool.run(
          ["evaluate"] + model + [
            "--attacks", "fgsm", "--epsilons", "0.05", "--corruptions", "none", "--limit", "60",
            "--threads", "1", "--format", "json",
          ], in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        return try #require(try outcome.object()["result"] as? [String: Any])
      }
      let own = try evaluated([path, "--out", "own.json"] + settings)
      let found = try evaluated([
        "--model", "net.pt", "--data", "digits", "--normalization", "none", "--out", "found.json",
      ])
      #expect(
        own["cleanPredictions"] as? [Int] == found["cleanPredictions"] as? [Int])
    }

    @Test("need steps of one length")
    func refusals() throws {
      let runs = try TrainedRuns.shared.get().folder
      let folder = try Workplace()
      let path = runs.file("runs/zubov").path
      let adaptive = try Tool.run("export \(path) --to torchscript --out net.pt", in: folder)
      #expect(adaptive.status == 78 && !folder.exists("net.pt"))
      #expect(adaptive.error.contains("model.backbone.flow.solver"), "\(adaptive.error)")
    }

    @Test("or their weights alone, which are the run's")
    func weights() throws {
      let runs = try TrainedRuns.shared.get().folder
      let folder = try Workplace()
      let path = runs.file("runs/zubov").path
      let outcome = try Tool.run("export \(path) --to safetensors --out w.safetensors", in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let (own, found) = try (
        SafeTensors(contentsOf: "\(path)/model.safetensors"),
        SafeTensors(contentsOf: folder.file("w.safetensors").path)
      )
      #expect(own.tensors.mapValues(\.bytes) == found.tensors.mapValues(\.bytes))
    }
  }
}
