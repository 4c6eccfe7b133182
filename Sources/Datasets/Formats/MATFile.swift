import Failures
import Files

/// The numeric arrays of a MATLAB file of version 4, or of version 5, the format of MATLAB 5 to 7.2.
///
/// Either byte order is read. Files of version 7.3 are HDF5 and are refused.
///
/// A reader of our own rather than the library matio: one type of array takes three hundred lines, in
/// which every size is held against the file before memory is asked for.
///
/// ### Source
/// The MathWorks, *MAT-File Format*, "Level 5 MAT-File Format" and "Level 4 MAT-File Format".
public struct MATFile: Sendable {
  private let level: any MATLevel

  /// Reads the header.
  ///
  /// - Throws: `Failure` of kind `malformed` if the file is of neither version.
  public init(content: [UInt8], location: String) throws(Failure) {
    // The text that files of version 5 begin with has no zero in its first four bytes.
    level =
      content.count >= 4 && content.prefix(4).contains(0)
      ? try MATLevel4(content: content, location: location)
      : try MATLevel5(content: content, location: location)
  }

  /// The array of a name.
  ///
  /// - Parameter limit: The most bytes that its elements may take.
  /// - Throws: `Failure` of kind `malformed` if there is none, or it or an element before it
  ///   is damaged, complex or longer than the limit.
  public func array(named name: String, limit: Int) throws(Failure) -> MATArray {
    try level.array(named: name, limit: limit)
  }
}

/// The arrays of a MATLAB file in one of its formats.
protocol MATLevel: Sendable {
  /// The file, for errors.
  var location: String { get }

  func array(named name: String, limit: Int) throws(Failure) -> MATArray
}

extension MATLevel {
  func failure(
    _ expected: String, _ found: String,
    remedy: String = "The file is damaged or of another kind; put the right one in its place."
  ) -> Failure {
    Failure(
      .malformed, at: location, expected: expected, found: found, remedy: remedy)
  }

  func damaged(_ part: String) -> Failure {
    failure("an intact MATLAB file", "\(part) that is damaged or of another kind")
  }

  /// The bytes that an array of some sizes takes.
  ///
  /// - Throws: `Failure` if they are more than a limit.
  func size(
    of name: String, sizes: [Int], number: StoredNumber, limit: Int
  ) throws(Failure) -> Int {
    var bytes = number.width
    for size in sizes {
      let (product, overflows) = bytes.multipliedReportingOverflow(by: size)
      guard !overflows, product <= limit else {
        let shape = sizes.map(String.init).joined(separator: " x ")
        throw failure("at most \(limit) bytes in \(name)", "\(shape) numbers")
      }
      bytes = product
    }
    return bytes
  }
}
