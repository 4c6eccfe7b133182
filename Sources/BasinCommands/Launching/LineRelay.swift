import Foundation

/// Writes what a process writes to standard error, a prefix before each line.
final class LineRelay: @unchecked Sendable {
  /// Where the process writes.
  let input = Pipe()
  private let prefix: [UInt8]
  private let ended = DispatchSemaphore(value: 0)

  init(prefix: String) { self.prefix = Array(prefix.utf8) }

  /// Called once, after the process has been started.
  func start() {
    // Without this end here, the pipe ends with the process.
    try? input.fileHandleForWriting.close()
    let thread = Thread { [self] in
      var line: [UInt8] = []
      while let data = try? input.fileHandleForReading.read(upToCount: 65_536), !data.isEmpty {
        for byte in data {
          line.append(byte)
          // A meter that returns to the start of its line writes lines here.
          if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { flush(&line) }
        }
      }
      flush(&line)
      ended.signal()
    }
    thread.start()
  }

  func waitForEnd() { ended.wait() }

  private func flush(_ line: inout [UInt8]) {
    defer { line = [] }
    while let last = line.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      line.removeLast()
    }
    guard !line.isEmpty else { return }
    try? FileHandle.standardError.write(contentsOf: Data(prefix + line + [UInt8(ascii: "\n")]))
  }
}
