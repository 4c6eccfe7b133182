import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

extension ToolTests {
  @Suite("Models whose weights PyTorch wrote")
  struct GoldenPredictionTests {
    /// The file's values through `basin predict`, with the settings of its metadata.
    @Test(
      "predict meets the reference values",
      arguments: [
        ("zubov_piacnn_f32", 1e-4), ("zubov_piacnn_f64", 1e-9), ("zubov_piacnn3_f64", 1e-9),
        ("zubov_picnn_f64", 1e-9), ("zubov_icnn_f64", 1e-9),
      ])
    func predict(_ name: String, _ tolerance: Double) throws {
      let golden = try Golden(name)
      let folder = try Workplace()
      let names = (0..<Int(golden.metadata["classes"]!)!).map { "\"\($0)\"" }
      try SafeTensors(
        golden.tensors(under: "param"),
        metadata: ["classNames": "[\(names.joined(separator: ","))]"]
      ).write(to: folder.file("model.safetensors").path)
      try SafeTensors(["images": golden["in.images"]])
        .write(to: folder.file("in.safetensors").path)
      try folder.write(configuration(golden, isDouble: name.hasSuffix("f64")), to: "config.yaml")

      let outcome = try Tool.run(
        "predict model.safetensors --config config.yaml --input in.safetensors --output "
          + "out.safetensors", in: folder)
      try #require(outcome.status == 0, "\(outcome.error)")
      let found = try SafeTensors(contentsOf: folder.file("out.safetensors").path).tensors
      for key in ["features", "lyapunov", "logits"] {
        let error = try relativeError(#require(found[key]), golden["out.\(key)"])
        #expect(error <= tolerance, "\(key)")
      }
    }

    private func configuration(_ golden: Golden, isDouble: Bool) -> String {
      let metadata = golden.metadata
      func value(_ key: String) -> String { metadata[key]! }
      let widths = value("lyap_kw").split { !$0.isNumber }.map(String.init)
      let layers = golden.tensors.keys.count {
        $0.hasPrefix("param.lyapunov.z.") && !$0.hasSuffix("bias")
      }
      return """
        method: zubov-net
        data: {name: digits}
        precision: \(isDouble ? "float64" : "float32")
        model:
          backbone:
            features:
              dimension: \(value("dim"))
              radius: \(value("feature_norm") == "layer" ? value("radius") : "0")
            hidden: \(value("hidden"))
            flow:
              horizon: \(value("T"))
              intervals: \(value("Gamma"))
              tolerance: \(value("tol_train"))
              errorNorm: per-batch
          lyapunov:
            architecture: \(value("lyapunov"))
            sizes: [\(widths.prefix(layers).joined(separator: ", "))]
            contextSizes: [\(widths.dropFirst(layers).prefix(layers - 1).joined(separator: ", "))]
            radius: \(value("radius"))
          losses: {margin: \(value("alpha"))}
        """
    }
  }
}
