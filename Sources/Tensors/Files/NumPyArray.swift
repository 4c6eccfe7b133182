import Failures
import Files

/// An array in NumPy's `.npy` format, versions 1 to 3: truth values, integers of any width and numbers
/// in half, single or double precision, in either byte order and either memory order.
///
/// A file is the magic `\x93NUMPY`, two bytes of version, the length of the header (2 bytes in
/// version 1, else 4), the header, a Python dictionary of `descr`, `fortran_order` and `shape`, and
/// the elements.
public struct NumPyArray: Sendable {
  /// How the file keeps an element.
  public let number: StoredNumber
  /// The elements in the type that was asked for, row-major.
  public let tensor: Tensor

  /// Longest header that is read; that of an array of numbers has some 100 bytes.
  private static let headerLimit = 1 << 16

  /// Reads a file.
  ///
  /// - Parameter dtype: the element type to convert to, nil for the one that keeps the file's numbers:
  ///   float32 for half precision too, uint8 or int64 for integers. Integers beyond 2^53 are rounded on
  ///   their way to a floating-point number.
  /// - Throws: `Failure` if it is missing, not of the format or not of numbers.
  public init(contentsOf path: String, as dtype: DType? = .float64) throws(Failure) {
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.content(of: path)
    } catch {
      throw error.restated(.missing, expected: "a readable file", remedy: "Check the path.")
    }
    try self.init(bytes: bytes, as: dtype, path: path)
  }

  /// Reads the bytes of a file; nothing about them is trusted.
  ///
  /// - Throws: `Failure` of kind `malformed` or `unsuitable` that names `path` and what is there.
  public init(
    bytes: [UInt8], as dtype: DType? = .float64, path: String = "bytes"
  ) throws(Failure) {
    let (header, start) = try Self.header(of: bytes, path: path)
    // Strides are products of extents with 0 taken as 1, so those must not overflow either.
    let (_, overflows) = header.shape.reduce((header.number.width, false)) {
      let product = $0.0.multipliedReportingOverflow(by: max($1, 1))
      return (product.partialValue, $0.1 || product.overflow)
    }
    guard !overflows else {
      throw .numPy(
        path, expected: "fewer than 2^63 bytes of elements",
        found: "shape \(header.shape)")
    }
    let size = header.shape.reduce(header.number.width, *)
    let rest = bytes.count - start
    guard rest == size else {
      throw .numPy(
        path, expected: "\(size) bytes of elements for shape \(header.shape)", found: "\(rest)")
    }
    let stored = header.isFortran ? header.shape.reversed() : header.shape
    let elements = Tensor(
      bytes[start...], of: header.number, isBigEndian: header.isBigEndian, shape: stored)
    let axes = Array((0..<stored.count).reversed())
    number = header.number
    tensor = (header.isFortran ? elements.permuted(axes) : elements)
      .to(dtype ?? elements.dtype).contiguous()
  }

  /// The header and the place where the elements begin.
  private static func header(
    of bytes: [UInt8], path: String
  ) throws(Failure) -> (NumPyHeader, start: Int) {
    func malformed(_ expected: String, _ found: String) -> Failure {
      .numPy(
        path, expected: expected, found: found)
    }
    guard bytes.count >= 12, FileKind(of: bytes) == .numPy else {
      throw .numPy(
        path, expected: "a NumPy array (.npy)",
        found: FileKind(of: bytes)?.rawValue ?? "other content",
        remedy: "Write the array with numpy.save.")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw malformed("version 1, 2 or 3 of .npy", "version \(version)")
    }
    let start = version == 1 ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= min(bytes.count - start, headerLimit) else {
      throw malformed(
        "a header of at most \(min(bytes.count - start, headerLimit)) bytes", "\(length)")
    }
    let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
    return (try NumPyHeader(text, path: path), start + length)
  }
}

extension Failure {
  /// Of a NumPy file that is not what the format asks for.
  static func numPy(
    _ path: String, expected: String, found: String,
    remedy: String = "The file is damaged: write it again with numpy.save."
  ) -> Failure {
    Failure(at: path, expected: expected, found: found, remedy: remedy)
  }
}
