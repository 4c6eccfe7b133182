import FileFormats
import Foundation

/// The bytes of a regular file.
func readFile(_ path: String) throws(SafeTensorsError) -> [UInt8] {
  do {
    return try RegularFile.content(of: path)
  } catch {
    throw error == .missing
      ? SafeTensorsError(.missingFile, path: path, expected: "a file", found: error.found)
      : SafeTensorsError(
        .unreadableFile, path: path, expected: "a readable file", found: error.found)
  }
}
