import Foundation

/// A file as the system knows it, by whatever path, link or spelling it is reached.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  /// What is at a path, links followed; nil if nothing is.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// What a stream of this process leads to.
  init?(stream: Int32) {
    var status = stat()
    guard fstat(stream, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
  }
}
