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

/// Writes a file under a temporary name beside it, flushes it to the disk and renames it.
func writeFile(_ bytes: [UInt8], to path: String) throws(SafeTensorsError) {
  let part = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
  func unwritable() -> SafeTensorsError {
    SafeTensorsError(
      .unwritableFile, path: path, expected: "a place that can be written to",
      found: String(cString: strerror(errno)))
  }
  let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw unwritable() }
  var isWritten = true
  var position = 0
  while position < bytes.count, isWritten {
    let count = bytes.withUnsafeBytes {
      write(descriptor, $0.baseAddress! + position, $0.count - position)
    }
    isWritten = count > 0
    position += max(count, 0)
  }
  isWritten = isWritten && fsync(descriptor) == 0
  isWritten = close(descriptor) == 0 && isWritten
  guard isWritten, rename(part, path) == 0 else {
    let error = unwritable()
    unlink(part)
    throw error
  }
}
