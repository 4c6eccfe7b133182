import Foundation

/// The memory of the system and of this process, in bytes.
package struct MemoryReading {
  /// What the system can still give.
  package var available: Int
  /// The most that the process has held at once.
  package var peak: Int

  package init(available: Int, peak: Int) {
    self.available = available
    self.peak = peak
  }

  /// As Linux tells it in /proc; nil elsewhere.
  package static func now() -> MemoryReading? {
    guard let system = field("MemAvailable:", in: "/proc/meminfo"),
      let peak = field("VmHWM:", in: "/proc/self/status")
    else { return nil }
    return MemoryReading(available: system, peak: peak)
  }

  /// A line such as `VmHWM:   1234 kB`, in bytes; spaces or tabs stand before the number.
  private static func field(_ name: String, in path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let number = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap({
        Int($0)
      })
    else { return nil }
    return number * 1024
  }
}
