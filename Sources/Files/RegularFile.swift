import Failures
import Foundation

/// A regular file open for reading, by the system's own calls: data sets are tens of thousands of small
/// files or a few of hundreds of megabytes, and either is slow to read in any other way.
public final class RegularFile {
  /// The path as the user knows it.
  public let path: String
  /// The number of bytes when it was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens a regular file, or what a link to one leads to. Pipes are not waited for.
  ///
  /// - Throws: `Failure` of kind `missing` if nothing is there, else `fileSystem`.
  public init(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let failure = Self.unreadable(path)
      if descriptor >= 0 { close(descriptor) }
      throw failure
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Failure(
        .fileSystem, at: path, expected: "a file", found: "a folder or device",
        remedy: "Put the file in its place, or take it away.")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a file.
  ///
  /// - Parameter limit: the most bytes that are read; a longer file is refused.
  /// - Throws: `Failure` of kind `missing`, `malformed` for a longer file, else `fileSystem`.
  public static func content(of path: String, limit: Int = .max) throws(Failure) -> [UInt8] {
    let file = try RegularFile(path)
    guard file.size <= limit else {
      throw Failure(
        at: path, expected: "at most \(limit) bytes", found: "\(file.size) bytes",
        remedy: "The file is damaged or of another kind; put the right one in its place.")
    }
    return try file.content()
  }

  /// Reads on until the buffer is full or the file ends.
  ///
  /// - Returns: The number of bytes read.
  /// - Throws: `Failure` of kind `fileSystem`.
  public func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
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
  /// - Throws: `Failure` of kind `fileSystem`, also if the file has become shorter.
  public func content() throws(Failure) -> [UInt8] {
    var failure: Failure?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(Failure) {
        count = try read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard bytes.count == size else { throw Self.unreadable(path, "its end while reading") }
    return bytes
  }

  /// - Parameter reason: that of the last call of the system where none is given.
  private static func unreadable(_ path: String, _ reason: String? = nil) -> Failure {
    let isMissing = reason == nil && errno == ENOENT
    return Failure(
      isMissing ? .missing : .fileSystem, at: path, expected: "a readable file",
      found: isMissing ? "none" : reason ?? String(cString: strerror(errno)),
      remedy: "Check that it is there and that you may read it.")
  }
}

/// `read(2)`, whose name the method above has too.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(file, buffer, count)
}
