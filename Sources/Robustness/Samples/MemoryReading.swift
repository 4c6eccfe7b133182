import Foundation
import Tensors

/// The memory of the system and of this process, in bytes.
package struct MemoryReading {
  /// What the system can still give, within the limits of the process.
  package var available: Int
  /// The most that the process has held at once.
  package var peak: Int
  /// What it holds.
  package var held: Int

  package init(available: Int, peak: Int, held: Int = 0) {
    self.available = available
    self.peak = peak
    self.held = held
  }

  /// As Linux tells it; nil elsewhere.
  package static func now() -> MemoryReading? {
    guard let available = Torch.availableMemory,
      let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let peak = bytes("VmHWM:", in: status), let held = bytes("VmRSS:", in: status)
    else { return nil }
    return MemoryReading(available: available, peak: peak, held: held)
  }

  /// Forgets the peak so far, which then is what the process holds now; nil where the system has no such
  /// thing.
  package static func afterResettingPeak() -> MemoryReading? {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs"),
      (try? file.write(contentsOf: Data("5".utf8))) != nil
    else { return nil }
    return now()
  }

  /// Of a line such as `VmHWM:   1234 kB`; spaces or tabs stand before the number.
  private static func bytes(_ name: String, in status: String) -> Int? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let number = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first
    else { return nil }
    return Int(number).map { $0 * 1024 }
  }
}
