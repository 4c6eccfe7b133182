import Failures
import Files

/// The files that are part of the program.
package enum EmbeddedFiles {
  /// Compressed contents by file name.
  package static let files = [
    "digits-images-idx3-ubyte.gz": PackageResources.digits_images_idx3_ubyte_gz,
    "digits-labels-idx1-ubyte.gz": PackageResources.digits_labels_idx1_ubyte_gz,
  ]

  /// The content of an embedded file, unpacked.
  ///
  /// - Throws: `Failure` of kind `missing` if the program holds no file of that name, or
  ///   `malformed` if it is damaged.
  package static func content(of file: DatasetFile) throws(Failure) -> [UInt8] {
    guard let bytes = files[file.name] else {
      throw Failure(
        .missing, at: file.name, expected: "one of \(files.keys.sorted())",
        found: "no such file in the program", remedy: "Embed it as a resource of `Datasets`.")
    }
    return try Gzip.inflated(bytes, limit: file.contentBytes, location: file.name)
  }
}
