import CTorch
import CTorchScript
import Failures
import Tensors

/// A network in a TorchScript file, such as `torch.jit.trace(...).save(...)` writes: libtorch runs it and
/// differentiates it with respect to its input. It is in evaluation mode, and its parameters are fixed.
///
/// A file is a program, and nothing about it is trusted: TorchScript executes no Python, the operators
/// that read or write files are taken away before it is loaded, and what it prints goes to standard error.
/// It can still compute for ever, or ask for more memory than there is.
package final class TorchScriptModule {
  private let handle: CSModule
  private let path: String

  /// Loads the module of a file onto a device.
  ///
  /// - Parameter bytes: the content of the file.
  package init(bytes: [UInt8], path: String, device: Device) throws(Failure) {
    let index: Int32 =
      switch device {
      case .cpu: -1
      case .cuda(let index): Int32(index)
      }
    guard let handle = bytes.withUnsafeBytes({ cs_load($0.baseAddress, $0.count, index) }) else {
      throw ForeignModelFormat(of: bytes, path: path).error(at: path, reason: Self.reason())
    }
    self.handle = handle
    self.path = path
  }

  deinit { cs_release(handle) }

  var parameterCount: Int { Int(cs_parameter_count(handle)) }
  var wasInTraining: Bool { cs_was_training(handle) }
  /// How many inputs `forward` wants; nil where there is no `forward`.
  var inputCount: Int? { Int(exactly: cs_input_count(handle)).flatMap { $0 < 0 ? nil : $0 } }

  /// The element type of parameters and buffers; nil where there are none.
  var elementTypes: (first: String, other: String?)? {
    let (first, other) = (
      String(cString: cs_element_type(handle)), String(cString: cs_other_element_type(handle))
    )
    return first.isEmpty ? nil : (first, other.isEmpty ? nil : other)
  }

  /// What the module answers.
  ///
  /// - Parameter method: one of one input.
  /// - Throws: `Failure` of kind `unsuitable` if it fails, or answers with something else than
  ///   one tensor of floating-point numbers.
  package func callAsFunction(
    _ input: Tensor, method: String = "forward", training: Bool = false
  ) throws(Failure) -> Tensor {
    var isOther = false
    if let answer = cs_call(handle, method, input.handle, training, &isOther) {
      return Tensor(owning: answer)
    }
    throw isOther ? otherAnswer(Self.reason()) : failure(on: input, Self.reason())
  }

  /// Whether the weights of convolutions keep channels innermost in memory; not at first. The module
  /// answers the same up to rounding, unless it depends on how tensors lie in memory, and often in two
  /// thirds of the time.
  var isChannelsLast = false {
    didSet { precondition(cs_lay_out(handle, isChannelsLast) == 1, Self.reason()) }
  }

  /// How many convolutions and their ReLU are one step, in a copy of the program that answers in its place:
  /// it has constants for parameters, batch normalisation inside convolutions, and answers the same up to
  /// rounding. nil where there is no such copy, as at first.
  private(set) var fusedSteps: Int?

  /// Makes that copy, of the weights as they are laid out now, or drops it. It may fail to be made.
  func fuse(_ isWanted: Bool) {
    let count = Int(cs_fuse(handle, isWanted))
    fusedSteps = isWanted && count >= 0 ? count : nil
  }

  private func otherAnswer(_ found: String) -> Failure {
    let remedy =
      found.hasPrefix("a tensor")
      ? "Trace a model that returns logits in float32, before argmax, on the device of its input."
      : "Trace a small module around the model that returns the logits alone, such as "
        + "`return self.model(x)[0]`."
    return Failure(
      .unsuitable, at: path, expected: "one tensor of logits in float32 or float64", found: found,
      remedy: remedy)
  }

  private func failure(on input: Tensor, _ reason: String) -> Failure {
    let remedy =
      reason.contains("same device") || reason.lowercased().contains("cuda")
      ? "A device is written into the model: trace it on the CPU, or give --device cuda."
      : "Give the data that the model was made for, in its shape, or trace the model again."
    return Failure(
      .unsuitable, at: path, expected: "a model of images of shape \(input.shape)",
      found: "a failure: \(reason)", remedy: remedy)
  }

  /// What libtorch says of the last failure, the line of its many that says it.
  static func reason() -> String {
    let lines = String(cString: ct_error()).split(separator: "\n").map { line in
      line.trimmingPrefix(while: \.isWhitespace)
    }
    let mark = "RuntimeError: "
    let told =
      lines.last { $0.hasPrefix(mark) }?.dropFirst(mark.count) ?? lines.first ?? "no reason"
    // What follows the first sentence is advice to users of Python.
    let sentence = told.firstRange(of: ". ").map { told[..<$0.lowerBound] } ?? told
    return String(sentence.last == ":" || sentence.last == "." ? sentence.dropLast() : sentence)
  }
}
