import Failures
import Files
import Foundation

/// The content of a file of a data set: its bytes, unpacked if they are gzip.
package struct FileContent {
  /// The bytes after unpacking.
  package let bytes: [UInt8]
  private let path: String

  /// Takes content that is already in memory.
  package init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Reads a file, whichever of the two forms it has; the bytes tell, not the name.
  ///
  /// - Parameters:
  ///   - file: The file, or a link to it.
  ///   - limit: The most bytes that the file and its content may have.
  ///   - unpacks: Whether gzip is unpacked; an archive is taken as it is.
  /// - Throws: `Failure` of kind `fileSystem` if the file cannot be read, `malformed` if
  ///   it is larger than the limit or damaged gzip.
  package init(of file: URL, limit: Int, unpacks: Bool = true) throws(Failure) {
    path = file.path
    let open = try RegularFile(file.path)
    guard open.size <= limit + Self.gzipOverhead else {
      throw Failure(
        .malformed, at: path, expected: "at most \(limit) bytes", found: "\(open.size)",
        remedy: "The file is damaged or of another kind; put the right one in its place.")
    }
    let raw = try open.content()
    bytes =
      unpacks && Gzip.isGzip(raw)
      ? try Gzip.inflated(raw, limit: limit, location: file.path) : raw
  }

  /// The SHA-256 of the content, in lower-case hexadecimal digits.
  package var sha256: String { SHA256.digest(of: bytes) }

  /// Compares the content with the manifest: the digest, or the size where no digest is known.
  ///
  /// - Throws: `Failure` of kind `wrongDigest`, `malformed` for another size.
  package func check(against file: DatasetFile) throws(Failure) {
    guard let digest = file.contentSHA256 else {
      guard bytes.count == file.contentBytes else {
        throw Failure(
          .malformed, at: path, expected: "\(file.contentBytes) bytes",
          found: "\(bytes.count)", remedy: "The file is cut short or not the official one.")
      }
      return
    }
    let found = sha256
    guard found == digest else {
      throw Failure(
        .wrongDigest, at: path,
        expected: "SHA-256 \(digest) of \(file.contentBytes) bytes",
        found: "\(found) of \(bytes.count) bytes",
        remedy: "Delete the file and run `basin data fetch` again.")
    }
  }

  /// Room for the header of a gzip file of incompressible content.
  private static let gzipOverhead = 1 << 16
}
