import ArgumentParser
import Evaluations
import Failures
import Files
import Foundation
import NeuralNetworks
import Runs
import StableDynamics
import Tensors

struct ExportCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the model of a run for PyTorch.",
    discussion: """
      torchscript: a program that torch.jit.load opens without Basin. Called with images in [0, 1] it \
      gives logits, and its method lyapunov gives V where the method has one; both can be \
      differentiated. The solver's steps are unrolled, so they must be of one length: export with \
      --set model.backbone.flow.solver=rk4 where they are not.

      safetensors: the weights alone, under the names of PyTorch's state dict.

      Example: basin export runs/first --to torchscript --out net.pt \
      --set model.backbone.flow.solver=rk4
      """)

  @OptionGroup var model: RunOptions

  @Option(help: .init("torchscript or safetensors.", valueName: "format"))
  var to: String

  private var format: ExportFormat? { ExportFormat(rawValue: to) }

  @Option(help: .init("The file to write.", valueName: "file"))
  var out: String

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if to == "onnx" {
      throw ValidationError(
        "--to onnx: expected torchscript or safetensors, found a format that libtorch does not write. "
          + "Export torchscript and let PyTorch convert its method batch, as "
          + "Documentation/BringYourOwn.md shows")
    }
    guard format != nil else {
      throw ValidationError("--to: expected torchscript or safetensors, found '\(to.echoed())'")
    }
  }

  var files: CommandFiles { CommandFiles(sources: model.sources).writing("--out", out) }

  func run() throws {
    let run = try model.open()
    let export: ExportResult
    switch format! {
    case .torchscript:
      let file = try TorchScriptExport(run)
      try AtomicFile.write(file.bytes, to: out)
      export = ExportResult(
        path: out, format: .torchscript, methods: file.methods, difference: file.difference)
    case .safetensors:
      try run.weights.write(to: out)
      export = ExportResult(path: out, format: .safetensors, methods: nil, difference: nil)
    }
    try output.show(export, as: export.text)
  }
}

/// What the model of a run is written as.
private enum ExportFormat: String, Codable {
  case torchscript, safetensors
}

/// What `basin export` prints.
private struct ExportResult: Finding {
  private(set) var schemaVersion = ExportResult.currentSchemaVersion
  let path: String
  let format: ExportFormat
  /// Of a TorchScript file.
  let methods: [String]?
  /// The greatest difference from Basin's own logits, relative to the largest.
  let difference: Double?

  var text: String {
    guard let methods, let difference else { return "\(path): \(format.rawValue)" }
    return "\(path): \(format.rawValue) with \(methods.joined(separator: ", ")), within "
      + "\(difference) of Basin's own logits"
  }
}
