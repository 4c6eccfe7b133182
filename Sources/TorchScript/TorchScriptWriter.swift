import CTorch
import CTorchScript
import Tensors

/// A TorchScript program in the making: methods recorded from functions of tensors, and methods written in
/// its own language.
package final class TorchScriptWriter {
  private let handle: CSModule

  package init() {
    guard let handle = cs_module() else { fatalError("TorchScript: \(TorchScriptModule.reason())") }
    self.handle = handle
  }

  deinit { cs_release(handle) }

  /// Records a function as a method that returns its results as a tuple, one alone as it is.
  ///
  /// What is recorded are libtorch's operators; Swift's own branches and extents, the number of rows too,
  /// are what they were for the example. Tensors that the function knows become buffers.
  ///
  /// - Parameters:
  ///   - name: of the method.
  ///   - parameters: the tensors of the function that are trained.
  ///   - count: how many tensors the function returns.
  /// - Throws: what the function throws; `TorchScriptRecordingError` if it does something that cannot be
  ///   recorded.
  package func record(
    _ name: String, at example: Tensor, parameters: [Tensor] = [], count: Int,
    _ function: (Tensor) throws -> [Tensor]
  ) throws {
    try withoutActuallyEscaping(function) { function in
      let recording = Recording(function)
      let context = Unmanaged.passUnretained(recording).toOpaque()
      let body: CSBody = { context, input, results, count in
        Unmanaged<Recording>.fromOpaque(context!).takeUnretainedValue()
          .run(input!, results!, Int(count))
      }
      let handles: [CTTensor?] = parameters.map(\.handle)
      let status = withExtendedLifetime(parameters) {
        cs_trace(
          handle, name, example.handle, handles, Int32(handles.count), body, context, Int32(count))
      }
      if let error = recording.error { throw error }
      if status == 0 { throw TorchScriptRecordingError(reason: TorchScriptModule.reason()) }
      recording.function = nil
    }
  }

  /// Adds methods in TorchScript's language.
  ///
  /// - Throws: `TorchScriptRecordingError` if it is not.
  package func define(_ source: String) throws(TorchScriptRecordingError) {
    guard cs_define(handle, source + "\n") == 1 else {
      throw TorchScriptRecordingError(reason: TorchScriptModule.reason())
    }
  }

  /// The file.
  package var bytes: [UInt8] {
    get throws(TorchScriptRecordingError) {
      var bytes: [UInt8] = []
      let status = withUnsafeMutablePointer(to: &bytes) { bytes in
        cs_save(handle, bytes) { context, start, count in
          context!.assumingMemoryBound(to: [UInt8].self).pointee =
            Array(UnsafeRawBufferPointer(start: start, count: count))
        }
      }
      guard status == 1 else {
        throw TorchScriptRecordingError(reason: TorchScriptModule.reason())
      }
      return bytes
    }
  }
}

/// A computation that has no form in TorchScript.
package struct TorchScriptRecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  package let reason: String

  package var description: String {
    "the model cannot be recorded as TorchScript: \(reason)"
  }
}

/// A function while it is recorded.
private final class Recording {
  var function: ((Tensor) throws -> [Tensor])?
  private(set) var error: (any Error)?

  init(_ function: @escaping (Tensor) throws -> [Tensor]) { self.function = function }

  func run(
    _ input: CTTensor, _ results: UnsafeMutablePointer<CTTensor?>, _ count: Int
  ) -> Int32 {
    do {
      // The same tensor, which the graph knows: the handle is borrowed.
      let outputs = try function!(Tensor(owning: cs_alias(input)!))
      guard outputs.count == count else { return 0 }
      for (place, output) in outputs.enumerated() { results[place] = cs_alias(output.handle) }
      return 1
    } catch {
      self.error = error
      return 0
    }
  }
}
