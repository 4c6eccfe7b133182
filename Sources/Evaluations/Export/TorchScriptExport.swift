import Datasets
import DifferentialEquations
import Methods
import NeuralNetworks
import Runs
import StableDynamics
import Tensors
import TorchScript

/// The model of a run as a TorchScript file, which PyTorch opens and differentiates without Basin.
///
/// `forward(images)` gives logits and, where the method has Lyapunov functions, `lyapunov(images)` gives V,
/// each [N, L], of images in [0, 1], or of rows of a table in the units of its data. The solver's steps are unrolled. Rows are taken in batches of
/// `FixedBatch.rows`, as Basin takes them, so that any number of images will do,
/// none too.
package struct TorchScriptExport {
  /// The file.
  package let bytes: [UInt8]
  /// The methods, what PyTorch calls with images.
  package let methods: [String]
  /// The greatest difference from what Basin itself computes, of logits and V, relative to the largest.
  package let difference: Double

  /// More than rounding, by which a file is refused.
  static let tolerance = 1e-5

  /// Records the model of a run.
  ///
  /// - Throws: `SettingsError` if its solver chooses steps by their error; `ExportError` if the file would
  ///   not compute what the model does; what the model throws.
  package init(_ run: Run) throws {
    let features = try run.features
    let model = run.model.trained()
    let example = Self.images(FixedBatch.rows, of: run, seed: 0)
    try withoutGradients { try Self.requireUnrollable(model, at: example) }
    let known = try withoutGradients { try model.outputs(example) }
    let outputs = ["logits", "lyapunov"].filter { known[$0] != nil }
    let writer = TorchScriptWriter()
    do {
      try writer.record(
        "batch", at: example, parameters: run.model.parameters, count: outputs.count
      ) {
        images in
        let found = try model.outputs(images)
        return outputs.map { found[$0]! }
      }
      methods = outputs.map { Self.names[$0]! }
      for (place, method) in methods.enumerated() {
        try writer.define(
          Self.source(
            method, result: outputs.count == 1 ? "" : "[\(place)]", dtype: run.dtype,
            features: features))
      }
      bytes = try writer.bytes
    } catch let error as TorchScriptRecordingError {
      throw ExportError(path: run.path, method: run.configuration.method, reason: error.reason)
    }
    difference = try Self.difference(of: bytes, from: run)
    guard difference <= Self.tolerance else {
      throw ExportError(
        path: run.path, method: run.configuration.method,
        reason: "the file would differ from the model by \(difference) of the largest score")
    }
  }

  /// The methods that give a model's outputs.
  private static let names = ["logits": "forward", "lyapunov": "lyapunov"]

  /// Images of noise, of any number.
  private static func images(_ count: Int, of run: Run, seed: UInt64) -> Tensor {
    RandomGenerator(seed: seed).uniform([count] + run.input.shape, in: 0..<1)
      .to(run.dtype).to(.cpu)
  }

  private static func requireUnrollable(
    _ model: any TrainedClassifier, at images: Tensor
  ) throws {
    // A solution in closed form has taken no steps.
    guard let flow = (model as? any FlowClassifier)?.flow,
      let solution = try model.solution(images), solution.statistics.evaluations > 0
    else { return }
    try flow.requireFixedSteps(
      for: "a file for PyTorch", because: "depend on the images and cannot be written down")
  }

  /// A method that applies `batch` to any number of images.
  ///
  /// - Parameter features: of a table, which it is given in the units of the data.
  private static func source(
    _ name: String, result: String, dtype: DType, features: [DatasetFeature]?
  ) -> String {
    let rows = FixedBatch.rows
    // libtorch's numbers of the element types.
    let type = dtype == .float64 ? 7 : 6
    func constant(_ values: [Double]) -> String {
      "torch.tensor(\(values), dtype=\(type)).to(images.device)"
    }
    let scaling = features.map {
      "(images - \(constant($0.map(\.least)))) / \(constant($0.map(\.extent)))"
    }
    return """
      def \(name)(self, images: Tensor) -> Tensor:
          images = images.to(\(type))
          images = \(scaling ?? "images")
          results: List[Tensor] = []
          for start in range(0, max(images.size(0), 1), \(rows)):
              batch = images[start:start + \(rows)]
              count = batch.size(0)
              if count == 0:
                  batch = images.new_zeros([\(rows)] + images.size()[1:])
              elif count < \(rows):
                  batch = torch.cat([batch] + [batch[count - 1:]] * (\(rows) - count))
              results.append(self.batch(batch)\(result)[:count])
          return torch.cat(results)
      """
  }

  /// Opens the file again and compares it with the model, on images that it was not recorded with and a
  /// number of them that does not fill its batches.
  private static func difference(of bytes: [UInt8], from run: Run) throws -> Double {
    let images = images(FixedBatch.rows + 8, of: run, seed: 1)
    let module = try TorchScriptModule(bytes: bytes, path: run.path, device: .cpu)
    let known = try Prediction.outputs(of: run.model.trained(), on: images)
    let given = try run.features.map { features in
      images.to(.float64) * Tensor(features.map(\.extent)) + Tensor(features.map(\.least))
    }
    return try withoutGradients {
      try names.compactMap { output, method in
        guard let own = known[output] else { return nil }
        let others = try module(given ?? images, method: method)
        return ((own - others).magnitude.max() / own.magnitude.max().maximum(1e-30)).item
      }.max()!
    }
  }
}

/// A model that has no form outside Basin.
package struct ExportError: Error, Hashable, Sendable, CustomStringConvertible {
  package let path: String
  package let method: String
  package let reason: String

  package var description: String {
    "\(path): expected a model that libtorch's operators express, found \(method), for which \(reason). "
      + "`basin predict` writes what it computes, and --to safetensors its weights."
  }
}
