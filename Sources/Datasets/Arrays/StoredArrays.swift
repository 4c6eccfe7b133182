import Failures
import Files
import Tensors

/// The arrays of a file by name: `.npz`, `.safetensors`, or one `.npy` under the name that it is given.
struct StoredArrays {
  let path: String
  let arrays: [String: Tensor]

  /// Reads the bytes of a file; nothing about them is trusted.
  ///
  /// - Parameter only: what the array of a `.npy` file is.
  /// - Throws: `Failure` of kind `malformed`.
  init(_ bytes: [UInt8], path: String, only: String) throws(Failure) {
    self.path = path
    guard !bytes.isEmpty else {
      throw Failure(
        at: path, expected: "an .npz, .npy, .safetensors or .csv file", found: "an empty file",
        remedy: "Write it again: its writer may not have closed it.")
    }
    switch FileKind(of: bytes) {
    case .pickle:
      throw Failure(
        .otherFormat, at: path, expected: "an .npz, .npy, .safetensors or .csv file",
        found: FileKind.pickle.rawValue,
        remedy:
          "A pickle runs whatever it says when it is opened: open it in Python and write what is in it "
          + "with numpy.savez(FILE, images=..., labels=...).")
    case .numPy:
      arrays = [only: try Self.array(bytes, path: path)]
    case .numPyArchive, .zip:
      let archive = try ZipArchive(content: bytes, location: path)
      var arrays: [String: Tensor] = [:]
      for entry in archive.entries {
        guard entry.name.hasSuffix(".npy") else {
          throw Failure(
            .malformed, at: path, expected: "an archive of NumPy arrays (.npz)",
            found: "one with \(entry.name)", remedy: "Write it with numpy.savez.")
        }
        arrays[String(entry.name.dropLast(4))] = try Self.array(
          archive.content(of: entry), path: "\(path), \(entry.name)")
      }
      self.arrays = arrays
    default:
      do {
        arrays = try SafeTensors(bytes: bytes, path: path).tensors
      } catch {
        throw Failure(
          .malformed, at: path,
          expected: "an .npz, .npy, .safetensors or .csv file",
          found: error.kind == .otherFormat ? error.found : "a damaged one: \(error.found)",
          remedy: "Write it with numpy.savez, safetensors or as CSV in UTF-8.")
      }
    }
  }

  private static func array(_ bytes: [UInt8], path: String) throws(Failure) -> Tensor {
    do {
      return try NumPyArray(bytes: bytes, as: nil, path: path).tensor
    } catch {
      guard error.kind == .unsuitable else { throw error }
      throw error.restated(
        remedy: error.found.hasPrefix("complex")
          ? "Give real numbers, such as numpy.abs(array), or real and imaginary part as two channels."
          : "Of names, give numbers: numpy.unique(array, return_inverse=True)[1]; a CSV file may have names."
      )
    }
  }

  /// The array of one of some names, which ends of names may follow: `train` and `test` of files that hold
  /// both parts.
  ///
  /// - Parameters:
  ///   - name: the one that the user gave.
  ///   - usual: those that are tried where none was given.
  /// - Throws: `Failure` of kind `malformed`, which names those that there are.
  func array(
    named name: String?, or usual: [String], of what: String, option: String, part: String?
  ) throws(Failure) -> Tensor {
    let stems = name.map { [$0] } ?? usual
    let names = stems.flatMap { stem in
      part.map { ["\(stem)_\($0)", "\($0)_\(stem)"] } ?? [stem]
    }
    if let found = names.compactMap({ arrays[$0] }).first { return found }
    let there = arrays.keys.sorted().prefix(8).joined(separator: ", ")
    throw Failure(
      .malformed, at: path,
      expected: "an array of \(what): \(names.prefix(4).joined(separator: ", "))",
      found: there.isEmpty ? "no array" : there.echoed(limit: 200),
      remedy: "Say what it is called, with `,\(option)=NAME` behind the files.")
  }

  /// Whether the file holds both parts, as Keras keeps MNIST.
  func holdsBothParts(_ stem: [String]) -> Bool {
    stem.contains { arrays["\($0)_train"] != nil || arrays["train_\($0)"] != nil }
  }
}
