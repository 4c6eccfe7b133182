import Crypto
import Foundation

/// The content of a file of a data set: its bytes, unpacked if they are gzip.
struct FileContent {
  /// The bytes after unpacking.
  let bytes: [UInt8]
  private let path: String

  /// Reads a file, whichever of the two forms it has; the bytes tell, not the name.
  ///
  /// - Parameter limit: The most bytes that the file and its content may have.
  /// - Throws: `DatasetError` of kind `fileSystem` if the file cannot be read, `malformedData` if
  ///   it is larger than the limit or damaged gzip.
  init(of file: URL, limit: Int) throws(DatasetError) {
    path = file.path
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
      guard let size, size <= limit + Self.gzipOverhead else {
        throw DatasetError(
          .malformedData, at: file.path, expected: "a file of at most \(limit) bytes",
          found: "\(size ?? 0)", remedy: "Delete the file and fetch it again.")
      }
      data = try Data(contentsOf: file)
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(
        .fileSystem, at: file.path, expected: "a readable file",
        found: "\((error as NSError).localizedDescription)",
        remedy: "Check that it is a file and that you may read it.")
    }
    let raw = [UInt8](data)
    bytes =
      Gzip.isGzip(raw) ? try Gzip.inflated(raw, limit: limit, location: file.path) : raw
  }

  /// Compares the content with the manifest.
  ///
  /// - Throws: `DatasetError` of kind `wrongDigest`.
  func check(against file: DatasetFile) throws(DatasetError) {
    let found = SHA256.hash(data: bytes).hexadecimal
    guard found == file.contentSHA256 else {
      throw DatasetError(
        .wrongDigest, at: path,
        expected: "SHA-256 \(file.contentSHA256) of \(file.contentBytes) bytes",
        found: "\(found) of \(bytes.count) bytes",
        remedy: "Delete the file and run `basin data fetch` again.")
    }
  }

  /// Room for the header of a gzip file of incompressible content.
  private static let gzipOverhead = 1 << 16
}
