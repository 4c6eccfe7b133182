import Foundation
import Tensors

/// The memory of the system and of this process, in bytes.
package struct MemoryReading {
  /// What the system can still give, within the limits of the process.
  package var available: Int
  /// The most that the process has held at once.
  package var peak: Int

  package init(available: Int, peak: Int) {
    self.available = available
    self.peak = peak
  }

  /// As Linux tells it; nil elsewhere.
  package static func now() -> MemoryReading? {
    guard let available = Torch.availableMemory, let peak else { return nil }
    return MemoryReading(available: available, peak: peak)
  }

  /// A line such as `VmHWM:   1234 kB`, in bytes; spaces or tabs stand before the number.
  private static var peak: Int? {
    let name = "VmHWM:"
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let number = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap({
        Int($0)
      })
    else { return nil }
    return number * 1024
  }
}
