import ArgumentParser
import Evaluations
import Foundation
import NeuralNetworks
import Runs
import Settings
import Tensors

struct PredictCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Apply a model to the images of a file.",
    discussion: """
      The input is a safetensors file with a tensor images, or a NumPy file (.npy): [N, C, H, W], \
      numbers in [0, 1] or integers from 0 to 255, which are divided by 255; or one picture (JPEG, PNG or \
      WebP). A model of a table takes CSV and [N, features], in the units of its data; columns with names are \
      found by name. The output, a safetensors file, holds predictions and logits and, where the method has \
      them, features (h(0)), state (h(T)) and lyapunov (V).

      Example: basin predict runs/first --input images.safetensors --output out.safetensors
      """)

  @OptionGroup var model: RunOptions

  @Option(
    help: .init(
      "A safetensors file with the tensor images, a .npy file, a picture, or CSV.",
      valueName: "file"))
  var input: String

  @Option(help: .init("The safetensors file to write.", valueName: "file"))
  var output: String

  // Of earlier versions; what is computed at once no longer depends on it.
  @Option(help: .init("Without effect.", valueName: "n", visibility: .hidden))
  var batchSize = 256

  @OptionGroup var format: OutputOptions

  func validate() throws {
    try SettingRange.batchSize.require("--batch-size", batchSize)
    let ending = URL(fileURLWithPath: output).pathExtension.lowercased()
    guard !Self.otherEndings.contains(ending) else {
      throw ValidationError(
        "--output: expected the name of a safetensors file, such as out.safetensors, found the ending "
          + ".\(ending), which says that another format is wanted")
    }
  }

  /// Names under which safetensors would be taken for something else.
  private static let otherEndings: Set = ["csv", "tsv", "txt", "npy", "npz", "json", "pt", "pth"]

  var files: CommandFiles {
    CommandFiles(sources: model.sources).reading(input).writing("--output", output)
  }

  func run() throws {
    let run = try model.open()
    let prediction = try Prediction(contentsOf: input, for: run)
    let count = prediction.images.shape[0]
    if prediction.outsideCount > 0 {
      StandardError.write(
        "warning: \(prediction.outsideCount) of \(count) rows have a feature outside of the range that the "
          + "model's data had")
    }
    let progress = Progress("predicting", total: count)
    let outputs = try prediction.outputs(of: run) {
      progress.show($0, of: count)
    }
    progress.finish()
    try SafeTensors(
      outputs,
      metadata: ["method": run.configuration.method, "configurationHash": run.configuration.hash]
    ).write(to: output)
    let result = PredictionResult(
      input: input, output: output, count: count, tensors: outputs.mapValues(\.shape))
    let sample = try run.features == nil ? "image" : "row"
    try format.show(result, as: result.text(of: sample))
  }
}

/// What `basin predict` prints.
private struct PredictionResult: Finding {
  private(set) var schemaVersion = PredictionResult.currentSchemaVersion
  let input: String
  let output: String
  let count: Int
  /// The shape of each tensor of the output.
  let tensors: [String: [Int]]

  func text(of sample: String) -> String {
    let names = tensors.keys.sorted().joined(separator: ", ")
    return "\(output): \(names) of \(count) \(sample)\(count == 1 ? "" : "s")"
  }
}
