/// How many points are taken at a time where they are many, as boundary points of a hundred classes are.
///
/// The number follows from their width alone and never from the memory at hand, because products and
/// sums are rounded in an order that depends on it: so results are the same bits on every machine of
/// one kind, however much it has.
enum PointBlocks {
  /// Numbers in the matrix of a block: a few megabytes.
  static let elements = 1 << 20

  /// Points of so many numbers in a block.
  static func count(width: Int) -> Int { max(1, elements / max(1, width)) }

  /// Consecutive blocks of `total` points; all of them in one where they fit, and none of no points.
  static func ranges(of total: Int, width: Int) -> [Range<Int>] {
    cut(0..<total, into: count(width: width))
  }

  /// A range in pieces of `size` at most, as equal as can be.
  static func cut(_ range: Range<Int>, into size: Int) -> [Range<Int>] {
    let pieces = (range.count + size - 1) / size
    return (0..<pieces).map {
      range.lowerBound + range.count * $0 / pieces..<range.lowerBound + range.count * ($0 + 1)
        / pieces
    }
  }
}
