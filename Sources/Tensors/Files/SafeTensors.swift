import Failures
import Files

/// Named tensors and text in the safetensors format, which PyTorch, JAX and MLX read too.
///
/// A file is the length of a header (8 bytes, little-endian), the header, a JSON object with the
/// element type, shape and place of each tensor, and the elements of all tensors without gaps.
/// Equal contents make equal files.
///
/// Read are the types BOOL, U8 to U64, I8 to I64, F16, BF16, F32 and F64. Those that Basin computes with
/// (BOOL, U8, I64, F32, F64) stay as they are; of the others, half precision becomes float32 and integers
/// int64, without loss (of U64 beyond 2^63, the nearest float64).
public struct SafeTensors: Sendable {
  /// By name.
  public var tensors: [String: Tensor]
  /// Text beside the tensors, the header's `__metadata__`.
  public var metadata: [String: String]

  /// The contents of a file to be written.
  public init(_ tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file.
  ///
  /// - Throws: `Failure` if it cannot be read or is not exactly of the format.
  public init(contentsOf path: String) throws(Failure) {
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.content(of: path)
    } catch {
      throw error.restated(
        .missing, remedy: "Check the path, and that it is a file that you may read.")
    }
    try self.init(bytes: bytes, path: path)
  }

  /// Reads the bytes of a file; nothing about them is trusted.
  ///
  /// - Parameter path: where they are from, for the error.
  /// - Throws: `Failure` if they are not exactly of the format.
  public init(bytes: [UInt8], path: String = "bytes") throws(Failure) {
    let header: SafeTensorsHeader
    do {
      header = try SafeTensorsHeader(of: bytes, path: path)
    } catch {
      guard let kind = FileKind(of: bytes) else { throw error }
      throw Failure(
        .otherFormat, at: path, expected: "a safetensors file", found: kind.rawValue,
        remedy: "Write the tensors with safetensors, in PyTorch with safetensors.torch.save_file.")
    }
    metadata = header.metadata
    tensors = [:]
    for entry in header.entries {
      let elements = bytes[entry.range]
      if entry.number == .bool, let odd = elements.first(where: { $0 > 1 }) {
        throw .safeTensors(path, tensor: entry.name, expected: "0 or 1", found: "\(odd)")
      }
      tensors[entry.name] = Tensor(elements, of: entry.number, shape: entry.shape)
    }
  }

  /// Writes a file under a temporary name beside it, flushes it to the disk and renames it, so that
  /// `path` holds the old content or the new, whatever happens.
  ///
  /// - Throws: `Failure` of kind `fileSystem`.
  public func write(to path: String) throws(Failure) { try AtomicFile.write(bytes, to: path) }

  /// The bytes of the file: tensors of the widest elements first, so that all are aligned, then by
  /// name; the header padded with spaces to a multiple of 8 bytes.
  ///
  /// - Precondition: no tensor is called `__metadata__`.
  public var bytes: [UInt8] {
    precondition(tensors["__metadata__"] == nil, "a tensor is called __metadata__")
    let ordered = tensors.sorted {
      let ranks = ($0.value.dtype.writingRank, $1.value.dtype.writingRank)
      if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
      return $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\($0.key.quotedForJSON):\($0.value.quotedForJSON)" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in ordered {
      let end = offset + tensor.count * tensor.dtype.size
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(name.quotedForJSON):{\"dtype\":\"\(tensor.dtype.safeTensorsName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes += $0 }
    bytes += header
    for (_, tensor) in ordered { bytes += tensor.bytes }
    return bytes
  }
}

extension DType {
  private static let safeTensorsNames: [(name: String, dtype: DType)] = [
    ("I64", .int64), ("F64", .float64), ("F32", .float32), ("U8", .uint8), ("BOOL", .bool),
  ]

  /// Position in the order in which tensors are written; that of the reference implementation.
  fileprivate var writingRank: Int { Self.safeTensorsNames.firstIndex { $0.dtype == self }! }

  fileprivate var safeTensorsName: String { Self.safeTensorsNames[writingRank].name }
}

extension Failure {
  /// Of a safetensors file that is not what the format asks for.
  ///
  /// - Parameter tensor: the one concerned, if it is one.
  static func safeTensors(
    _ path: String, kind: Kind = .malformed, tensor: String? = nil, expected: String,
    found: String
  ) -> Failure {
    Failure(
      kind, at: tensor.map { "\(path): tensor '\($0.echoed())'" } ?? path, expected: expected,
      found: found,
      remedy: kind == .unsuitable
        ? "Convert the tensor to one of these types."
        : "The file is damaged or no safetensors file: write or copy it again.")
  }
}
