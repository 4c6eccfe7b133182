/// What the levels of `Golden("levels_u8")` are made of.
enum PublishedLevels {
  /// Channels, height and width, in the order of the levels: the constants of 32 x 32 twice,
  /// of 64 x 64 and of 224 x 224.
  static let shapes = [[1, 8, 8], [3, 12, 10], [3, 64, 20], [3, 136, 24]]

  /// (37 x² + 11 y³ + 53 x y + 101 c + 7 x) mod 256 in column x, row y, channel c.
  static func image(_ shape: [Int]) -> [Int] {
    (0..<shape[0]).flatMap { c in
      (0..<shape[1]).flatMap { y in
        (0..<shape[2]).map { x in
          (37 * x * x + 11 * y * y * y + 53 * x * y + 101 * c + 7 * x) % 256
        }
      }
    }
  }

  /// The angles of motion for severities 1 to 5, in degrees.
  static let angles = [-41.3, -17.25, 0, 8.5, 44.9]

  /// The draws for glass: s ← (1103515245 s + 12345) mod 2³¹ from s = 1, of which ⌊s / 2¹⁶⌋ mod
  /// the bound.
  struct Draws {
    var state = 1

    mutating func next(below bound: Int) -> Int {
      state = (1_103_515_245 * state + 12345) % (1 << 31)
      return (state >> 16) % bound
    }
  }
}
