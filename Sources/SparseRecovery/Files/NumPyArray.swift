import Foundation
import Tensors

/// An array in NumPy's `.npy` format, versions 1 to 3, of float32 or float64 in little-endian order
/// and either memory order.
///
/// A file is the magic `\x93NUMPY`, two bytes of version, the length of the header (2 bytes in
/// version 1, else 4), the header, a Python dictionary of `descr`, `fortran_order` and `shape`, and
/// the elements.
public struct NumPyArray: Sendable {
  /// float64.
  public let tensor: Tensor

  /// Reads a file.
  ///
  /// - Throws: `SparseRecoveryError` if it is missing or not of the format.
  public init(contentsOf path: String) throws(SparseRecoveryError) {
    try self.init(bytes: contents(of: path), path: path)
  }

  /// Reads the bytes of a file; nothing about them is trusted.
  public init(bytes: [UInt8], path: String = "bytes") throws(SparseRecoveryError) {
    func malformed(_ expected: String, _ found: String) -> SparseRecoveryError {
      SparseRecoveryError(
        .malformedData, at: path, expected: expected, found: found,
        remedy: "Write the file with numpy.save.")
    }
    guard bytes.count >= 10, Array(bytes[0..<6]) == [0x93] + Array("NUMPY".utf8) else {
      throw malformed("a .npy file", "other content")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw malformed("version 1, 2 or 3 of .npy", "version \(version)")
    }
    let start = version == 1 ? 10 : 12
    guard bytes.count >= start else { throw malformed("a header", "the end of the file") }
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start else {
      throw malformed("a header of \(length) bytes", "the end of the file")
    }
    let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
    guard let header = NumPyHeader(text) else {
      throw malformed("descr, fortran_order and shape", text.prefix(80).description)
    }
    let dtype: DType
    switch header.type {
    case "<f8": dtype = .float64
    case "<f4": dtype = .float32
    default: throw malformed("elements <f4 or <f8", "'\(header.type)'")
    }
    var count = dtype.size
    for extent in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("a shape that fits", "\(header.shape)") }
      count = product
    }
    let rest = bytes.count - start - length
    guard rest == count else {
      throw malformed("\(count) bytes of elements for shape \(header.shape)", "\(rest)")
    }
    let stored = header.isFortran ? header.shape.reversed() : header.shape
    let elements = Tensor(bytes: bytes[(start + length)...], dtype: dtype, shape: stored)
    let axes = Array((0..<stored.count).reversed())
    tensor = (header.isFortran ? elements.permuted(axes) : elements).to(.float64).contiguous()
  }
}

/// The header's dictionary.
private struct NumPyHeader {
  let type: String
  let isFortran: Bool
  let shape: [Int]

  init?(_ text: String) {
    guard
      let type = text.firstMatch(of: #/'descr'\s*:\s*'([^']*)'/#),
      let order = text.firstMatch(of: #/'fortran_order'\s*:\s*(True|False)/#),
      let shape = text.firstMatch(of: #/'shape'\s*:\s*\(([0-9,\s]*)\)/#)
    else { return nil }
    self.type = String(type.1)
    isFortran = order.1 == "True"
    let extents = shape.1.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
      .filter { !$0.isEmpty }
    let numbers = extents.compactMap { Int($0) }
    guard numbers.count == extents.count else { return nil }
    self.shape = numbers
  }
}

/// The bytes of a file.
func contents(of path: String) throws(SparseRecoveryError) -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw SparseRecoveryError(
      .missingFile, at: path, expected: "a readable file", found: "none",
      remedy: "Give the path of a file.")
  }
  return Array(data)
}
