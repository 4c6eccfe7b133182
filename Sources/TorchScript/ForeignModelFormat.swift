import Failures
import Files

/// What a file of a model is that libtorch did not load, and what its owner can do.
enum ForeignModelFormat: Equatable {
  /// `torch.jit.save`.
  case torchScript
  /// `torch.export.save` or an AOTInductor package.
  case exported
  /// `torch.save`: weights, or a module as Python keeps it.
  case pickle
  case onnx
  case safeTensors
  case other(String)

  /// By the first bytes of the file, the names in it if it is an archive, and its own name.
  init(of bytes: [UInt8], path: String) {
    let kind = FileKind(of: bytes)
    // PyTorch wrote no archives before 1.6.
    guard kind == .zip || (kind == .pyTorch && bytes.first == UInt8(ascii: "P")) else {
      self = Self.single(bytes, kind, path)
      return
    }
    // The list of an archive is at its end, where names stand as they are.
    let list = bytes.suffix(1 << 20)
    func has(_ name: String) -> Bool { list.firstRange(of: Array(name.utf8)) != nil }
    if list.firstRange(of: [0x50, 0x4B, 5, 6]) == nil {
      self = .other("an archive that is cut short")
    } else if has("/constants.pkl") {
      self = .torchScript
    } else if has("archive_format") || has("serialized_exported_program") || has("model.json") {
      self = .exported
    } else {
      self = kind == .pyTorch || has("/data.pkl") ? .pickle : .other("a zip archive")
    }
  }

  private static func single(_ bytes: [UInt8], _ kind: FileKind?, _ path: String) -> Self {
    if kind == .hdf5 { return .other("an HDF5 file, such as Keras writes") }
    if kind == .pyTorch { return .pickle }
    if let kind { return .other(kind.rawValue) }
    // A pickle of protocol 2 to 5.
    if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
    if bytes.dropFirst(8).first == UInt8(ascii: "{"), path.hasSuffix(".safetensors") {
      return .safeTensors
    }
    // A protocol buffer whose first field is the version of ONNX's format.
    if path.lowercased().hasSuffix(".onnx") || (bytes.first == 8 && bytes.count > 16) {
      return .onnx
    }
    return .other(bytes.isEmpty ? "an empty file" : "other content")
  }

  /// The error for a file of this format that could not be loaded.
  func error(at path: String, reason: String) -> Failure {
    let trace =
      "torch.jit.trace(model.eval(), images).save(\"net.pt\")"
    let (found, remedy): (String, String) =
      switch self {
      case .torchScript:
        (
          "one that libtorch refuses: \(reason)",
          "Trace the model again, with PyTorch's own operators alone and without "
            + "torch.jit.optimize_for_inference."
        )
      case .exported:
        (
          "a program of torch.export, which libtorch runs without derivatives",
          "Trace it in Python: torch.jit.trace(torch.export.load(\"net.pt2\").module(), "
            + "images).save(\"net.pt\"), or the model itself."
        )
      case .pickle:
        (
          "a file of torch.save, which only the model's own Python can read",
          "Load it there and trace the model: \(trace)."
        )
      case .onnx:
        (
          "an ONNX file, which no library here differentiates",
          "Trace the model that it was made of in PyTorch: \(trace)."
        )
      case .safeTensors:
        (
          "weights without a network",
          "Load them into the model in Python and trace it: \(trace). Basin's own models are given "
            + "without --model."
        )
      case .other(let found): (found, "Trace the model in Python: \(trace).")
      }
    return Failure(
      .malformed, at: path, expected: "a TorchScript model", found: found, remedy: remedy)
  }
}
