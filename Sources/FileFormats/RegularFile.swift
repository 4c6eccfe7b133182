import Foundation

/// Why the content of a file cannot be had.
public enum FileReadingFailure: Error, Hashable, Sendable {
  /// There is nothing of that name.
  case missing
  /// It is a folder, a device, a pipe or a socket.
  case notRegular
  /// It has so many bytes, which are more than the reader takes.
  case tooLong(bytes: Int)
  /// The system's words.
  case refused(String)

  /// What was found in the place of a readable file.
  public var found: String {
    switch self {
    case .missing: "none"
    case .notRegular: "a folder or device"
    case .tooLong(let bytes): "\(bytes) bytes"
    case .refused(let reason): reason
    }
  }
}

/// Files as a whole in memory.
public enum RegularFile {
  /// The bytes of a regular file, or of what a link to one leads to. Pipes are not waited for.
  ///
  /// - Parameter limit: the most bytes that are read; a longer file is refused.
  public static func content(
    of path: String, limit: Int = .max
  ) throws(FileReadingFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing : .refused(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .refused(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    guard status.st_size <= limit else { throw .tooLong(bytes: Int(status.st_size)) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress! + position, $0.count - position)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw .refused(count == 0 ? "its end while reading" : String(cString: strerror(errno)))
      }
      position += count
    }
    return bytes
  }
}
