import FileFormats

/// The bytes of a file.
func content(of path: String) throws(SparseRecoveryError) -> [UInt8] {
  do {
    return try RegularFile.content(of: path)
  } catch {
    throw SparseRecoveryError(
      .missingFile, at: path, expected: "a readable file", found: error.found,
      remedy: "Give the path of a file.")
  }
}
