import Datasets
import DifferentialEquations
import Failures
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import StableDynamics
import Tensors

/// A model applied to images, or to rows of a table, in a file.
package struct Prediction {
  /// The images, checked, as the model takes them.
  package let images: Tensor
  /// Rows of a table with a feature outside the range that the model's data had.
  package let outsideCount: Int

  /// Reads the tensor `images` of a safetensors file, or a NumPy array; 8-bit levels are divided by 255. A
  /// model of a table takes features in the units of its data from such files and from CSV.
  ///
  /// - Throws: `Failure` if the file cannot be read, is damaged or of another kind, or the images are not of
  ///   the model's shape, or not numbers in [0, 1].
  package init(contentsOf path: String, for run: Run) throws {
    if let features = try run.features {
      let rows = try Self.rows(of: path, features)
      (images, outsideCount) = (
        rows.samples.to(run.configuration.precision.dtype).to(run.device), rows.outsideCount
      )
      return
    }
    outsideCount = 0
    let input = try ImageInput(contentsOf: path)
    var given = input.images
    // Grey images without an axis of channels, as data sets of arrays may have them.
    if given.rank == 3, run.input.shape.count == 3, run.input.shape[0] == 1 {
      given = given.reshaped([given.shape[0], 1] + given.shape.dropFirst())
    }
    if input.isGreyPicture, run.input.shape.first == 3 {
      given = Tensor.concatenated([given, given, given], along: 1)
    }
    func failure(_ expected: String, _ found: String, _ remedy: String) -> Failure {
      Failure(at: path, expected: expected, found: found, remedy: remedy)
    }
    let shape = "[N, " + run.input.shape.map(String.init).joined(separator: ", ") + "]"
    guard given.rank == run.input.shape.count + 1, given.shape[0] > 0,
      Array(given.shape.dropFirst()) == run.input.shape
    else {
      throw failure(
        "images of shape \(shape), N at least 1", "\(given.shape)",
        Self.isChannelsLast(given.shape, of: run.input.shape)
          ? "Move the channels to the front, in NumPy with images.transpose(0, 3, 1, 2)."
          : "Give images as the model was trained on them.")
    }
    let pixels = PixelRange(given)
    if let fault = pixels.fault {
      throw failure(
        "pixels in [0, 1]",
        "\(fault.pixel) in image \(fault.position)"
          + (fault.others > 0 ? " (and \(fault.others) images more)" : ""),
        fault.remedy)
    }
    images = pixels.images.to(run.configuration.precision.dtype).to(run.device)
  }

  /// The rows of a table in a file.
  private static func rows(of path: String, _ features: [DatasetFeature]) throws -> FeatureTable {
    let content = try ImageInput.content(of: path)
    if FeatureTable.isText(path) {
      return try FeatureTable(content, path: path, features: features)
    }
    let values = try ImageInput.stored(in: content, path: path)
    guard values.rank == 2, values.shape[0] > 0, values.shape[1] == features.count else {
      throw Failure(
        at: path, expected: "rows of shape [N, \(features.count)], N at least 1",
        found: "\(values.shape)",
        remedy: "Give a row of all features for each sample, in the units of the training data.")
    }
    guard values.to(.float64).isFinite.all().isTrue else {
      throw Failure(
        at: path, expected: "features that are numbers", found: "an infinite one or NaN",
        remedy: "Fill the gap or leave the row out; no value is made up.")
    }
    return FeatureTable(values, features: features)
  }

  /// Whether images are [N, H, W, C] where a model takes [C, H, W].
  private static func isChannelsLast(_ shape: [Int], of input: [Int]) -> Bool {
    shape.count == 4 && input.count == 3
      && Array(shape.dropFirst()) == [input[1], input[2], input[0]]
  }

  /// What the model of a run says of the images.
  ///
  /// - Parameter progress: told how many images are done.
  package func outputs(
    of run: Run, progress: (Int) -> Void = { _ in }
  ) throws -> [String: Tensor] {
    try Self.outputs(of: run.model.trained(), on: images, progress: progress)
  }

  /// What a model says of images: `predictions` (int64), `logits` and, where its method has them,
  /// `features`, `state` and `lyapunov`; on the CPU. What it says of an image is the same to the bit
  /// whatever other images there are (`FixedBatch`), unless samples share their steps.
  ///
  /// - Parameter progress: told how many images are done.
  package static func outputs(
    of model: any TrainedClassifier, on images: Tensor, progress: (Int) -> Void = { _ in }
  ) throws -> [String: Tensor] {
    var parts: [String: [Tensor]] = [:]
    var done = 0
    func note(_ batch: Tensor, _ count: Int) throws {
      var outputs = try model.outputs(batch)
      outputs["predictions"] = try model.predictions(batch)
      for (name, tensor) in outputs {
        parts[name, default: []].append(tensor.sliced(0..<count).to(.cpu))
      }
      done += count
      progress(done)
    }
    // Where samples share their steps, rows that fill a batch up would count among them.
    let sharesSteps = (model as? any FlowClassifier)?.flow.settings.errorNorm == .perBatch
    try withoutGradients {
      if sharesSteps {
        for start in stride(from: 0, to: images.shape[0], by: 256) {
          let batch = images.sliced(start..<min(start + 256, images.shape[0]))
          try note(batch, batch.shape[0])
        }
      } else {
        try FixedBatch.forEach(in: images, note)
      }
    }
    return parts.mapValues { Tensor.concatenated($0) }
  }
}
