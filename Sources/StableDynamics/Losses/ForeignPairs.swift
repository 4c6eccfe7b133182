import Tensors

/// Pairs of a boundary point and a class other than its owner, in parts of which each is evaluated at
/// once (`PointBlocks`).
struct ForeignPairs {
  /// Pairs of a few classes, or some of those of one class.
  struct Part {
    let classes: Range<Int>
    /// Points of each of the classes.
    let sizes: [Int]
    /// Where they are in `points`, one after the other.
    let rows: [Range<Int>]
  }

  let points: Tensor
  let parts: [Part]
  /// All pairs.
  let count: Int

  /// - Parameter limit: pairs in a part, at most.
  init(_ boundary: BoundaryPoints, classCount: Int, atOnce limit: Int) {
    let rows: [[Range<Int>]]
    if let foreign = boundary.foreign {
      let groups = ClassGroups(
        classes: foreign, classCount: classCount, device: boundary.points.device)
      points = groups.grouped(boundary.points)
      rows = groups.groups.ranges.map { [$0] }
    } else {
      // Owners ascend, so that a class has the points before its own and those behind.
      points = boundary.points
      var own = 0..<0
      rows = (0..<classCount).map { k in
        var end = own.upperBound
        while end < boundary.owners.count, boundary.owners[end] == k { end += 1 }
        own = own.upperBound..<end
        return [0..<own.lowerBound, end..<boundary.owners.count]
      }
    }
    count = rows.joined().reduce(0) { $0 + $1.count }
    parts = Self.parts(of: rows, limit: limit)
  }

  /// Classes with few pairs together, up to `limit` pairs; a class with more in parts of its own.
  private static func parts(of rows: [[Range<Int>]], limit: Int) -> [Part] {
    var parts: [Part] = []
    var open = 0..<0
    func size(_ k: Int) -> Int { rows[k].reduce(0) { $0 + $1.count } }
    func close(at k: Int) {
      if open.contains(where: { size($0) > 0 }) {
        parts.append(
          Part(
            classes: open, sizes: open.map(size),
            rows: open.flatMap { rows[$0] }.filter { !$0.isEmpty }))
      }
      open = k..<k
    }
    var pending = 0
    for k in rows.indices {
      let size = size(k)
      if pending + size > limit {
        close(at: k)
        pending = 0
      }
      if size > limit {
        for piece in rows[k].flatMap({ PointBlocks.cut($0, into: limit) }) {
          parts.append(Part(classes: k..<k + 1, sizes: [piece.count], rows: [piece]))
        }
        open = k + 1..<k + 1
      } else {
        open = open.lowerBound..<k + 1
        pending += size
      }
    }
    close(at: rows.count)
    return parts
  }
}
