import FileFormats

/// Why a safetensors file cannot be read or written: the file, the tensor where there is one, what
/// was expected, what was found and what to do.
public struct SafeTensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of failure.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// There is no such file.
    case missingFile
    /// The file cannot be read.
    case unreadableFile
    /// The file cannot be written.
    case unwritableFile
    /// The file ends before its header does.
    case truncated
    /// The header is longer than 100 MB.
    case headerTooLong
    /// The header is not the JSON object of the format.
    case invalidHeader
    /// Two entries have one name.
    case duplicateName
    /// The file is of another format.
    case otherFormat
    /// The element type is none of real numbers that can be read.
    case unsupportedType
    /// An extent is negative, or the shape has more elements than can be counted.
    case invalidShape
    /// The offsets are reversed or out of range, overlap or leave a hole.
    case invalidOffsets
    /// The number of bytes is not that of the shape and the element type.
    case sizeMismatch
    /// Bytes follow the last tensor.
    case trailingBytes
    /// A Boolean is neither 0 nor 1.
    case invalidBoolean
  }

  public let kind: Kind
  /// The file's path, or `bytes` for bytes in memory.
  public let path: String
  /// The tensor concerned, if it is one.
  public let tensor: String?
  public let expected: String
  public let found: String

  init(_ kind: Kind, path: String, tensor: String? = nil, expected: String, found: String) {
    self.kind = kind
    self.path = path
    self.tensor = tensor
    self.expected = expected
    self.found = found
  }

  /// What the user can do, as a sentence.
  public var remedy: String {
    switch kind {
    case .missingFile: "Check the path."
    case .unreadableFile: "Check that it is a file and that you may read it."
    case .unwritableFile: "Check that the folder is there, has room and may be written to."
    case .unsupportedType: "Convert the tensor to one of these types."
    case .otherFormat:
      "Write the tensors with safetensors, in PyTorch with safetensors.torch.save_file."
    default: "The file is damaged or no safetensors file: write or copy it again."
    }
  }

  /// One line: `path: tensor 'name': expected this, found that. Remedy.`
  public var description: String {
    let place = tensor.map { "\(path): tensor '\($0.echoed())'" } ?? path
    return describedFault(at: place, expected: expected, found: found, remedy: remedy)
  }
}
