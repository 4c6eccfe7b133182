import Tensors

/// How many samples are taken at once: as many as asked for, or fewer where memory is short.
///
/// A first batch of a few samples shows what a sample costs. From then on a batch is halved until
/// its cost, as the most expensive batch so far has shown it, fits into `share` of the memory that
/// is available at that moment, down to `FixedBatch.rows`, below which a batch costs no less. As the
/// model is evaluated in batches of that size, the result does not depend on all this.
package final class BatchSizing {
  /// What is asked for.
  package let size: Int
  private let memory: () -> MemoryReading?
  /// Bytes, by the most expensive batch so far; nil before the first.
  package private(set) var costOfSample: Double?
  /// Bytes by which batches have raised the process's peak, which serve again.
  private var held = 0

  package static let share = 0.7
  package static let probe = FixedBatch.rows

  /// - Parameter memory: read before and after each batch; nil where it cannot be told, and batches
  ///   are as asked for.
  package init(size: Int, memory: @escaping () -> MemoryReading? = MemoryReading.now) {
    self.size = size
    self.memory = memory
  }

  /// Calls `body` with one batch of positions after another.
  package func forEach(in positions: [Int], _ body: ([Int]) throws -> Void) throws {
    var start = 0
    while start < positions.count {
      let before = memory()
      let end = min(start + fitting(before), positions.count)
      try body(Array(positions[start..<end]))
      if let before, let after = memory() {
        note(growth: after.peak - before.peak, of: end - start)
      }
      start = end
    }
  }

  private func note(growth: Int, of count: Int) {
    held += max(0, growth)
    // A batch within what others had taken already says nothing.
    if growth > 0 || costOfSample == nil {
      costOfSample = max(costOfSample ?? 0, Double(held) / Double(FixedBatch.filled(count)))
    }
  }

  private func fitting(_ reading: MemoryReading?) -> Int {
    guard let reading else { return size }
    guard let costOfSample else { return min(size, Self.probe) }
    // The peak so far is within what the process holds already and uses again.
    let room = Self.share * Double(reading.available + held)
    var count = size
    while count > Self.probe, Double(count) * costOfSample > room {
      count = max((count + 1) / 2, Self.probe)
    }
    return count
  }
}
