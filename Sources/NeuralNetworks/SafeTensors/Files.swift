import Foundation

/// The bytes of a regular file.
func readFile(_ path: String) throws(SafeTensorsError) -> [UInt8] {
  func unreadable(_ found: String) -> SafeTensorsError {
    SafeTensorsError(.unreadableFile, path: path, expected: "a readable file", found: found)
  }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    if errno == ENOENT {
      throw SafeTensorsError(.missingFile, path: path, expected: "a file", found: "none")
    }
    throw unreadable(String(cString: strerror(errno)))
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw unreadable(String(cString: strerror(errno))) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("a folder or device") }

  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  var position = 0
  while position < bytes.count {
    let count = bytes.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress! + position, $0.count - position)
    }
    guard count > 0 else {
      throw unreadable(count == 0 ? "its end while reading" : String(cString: strerror(errno)))
    }
    position += count
  }
  return bytes
}
