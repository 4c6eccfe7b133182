/// How many samples are taken at once.
struct BatchSizing {
  let size: Int

  /// Calls `body` with one batch of positions after another.
  func forEach(in positions: [Int], _ body: ([Int]) throws -> Void) throws {
    for start in stride(from: 0, to: positions.count, by: size) {
      try body(Array(positions[start..<min(start + size, positions.count)]))
    }
  }
}
