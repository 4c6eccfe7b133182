import Foundation

/// A file open for reading, by the system's own calls: data sets are tens of thousands of small files
/// or a few of hundreds of megabytes, and either is slow to read in any other way.
final class OpenFile {
  /// The path as the user knows it.
  let path: String
  /// The number of bytes when it was opened.
  let size: Int
  private let descriptor: Int32

  /// Opens a regular file, or what a link to one leads to.
  ///
  /// - Throws: `DatasetError` of kind `fileSystem`.
  init(_ path: String) throws(DatasetError) {
    // Without waiting: opening a pipe would otherwise last until someone writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let failure = Self.unreadable(path)
      if descriptor >= 0 { close(descriptor) }
      throw failure
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DatasetError(
        .fileSystem, at: path, expected: "a file", found: "a folder or device",
        remedy: "Put the file in its place, or take it away.")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads on until the buffer is full or the file ends.
  ///
  /// - Returns: The number of bytes read.
  /// - Throws: `DatasetError` of kind `fileSystem`.
  func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = readBytes(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.unreadable(path) }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The whole content.
  ///
  /// - Throws: `DatasetError` of kind `fileSystem`.
  func content() throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(DatasetError) {
        count = try read(into: buffer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func unreadable(_ path: String) -> DatasetError {
    DatasetError(
      .fileSystem, at: path, expected: "a readable file",
      found: String(cString: strerror(errno)),
      remedy: "Check that it is there and that you may read it.")
  }
}

/// `read(2)`, whose name the method above has too.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(file, buffer, count)
}
