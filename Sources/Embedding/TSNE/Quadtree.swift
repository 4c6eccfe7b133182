/// A quadtree over points in a plane, each cell with the centre of its points, to sum over all points
/// as if far ones were one.
///
/// Cells are stored parent before children, each with the place of the first cell that is not below
/// it, so that a sum is one pass without a stack. A cell whose points all lie in one quarter is that
/// quarter: cells are as small as they can be, and there are fewer than 2n.
///
/// ### Source
/// Barnes, Hut, *A hierarchical O(N log N) force-calculation algorithm*, Nature 1986; van der Maaten
/// 2014, section 4.2. That cells are in the order of a Z-curve, and small, is ours.
package struct Quadtree {
  /// Points closer than the plane's extent by this power of two are taken for one.
  private static let levels = 31

  struct Cell {
    var x, y: Double
    /// The number of points.
    var count: Double
    /// The square of the width of the cell; 0 of a cell that is not divided.
    var squaredWidth: Double
    /// The first cell after this one that is not below it.
    var next: Int
  }

  private var cells: [Cell] = []
  /// The points in the order of a Z-curve; of those in it, neighbours are mostly near each other.
  package private(set) var order: [Int] = []

  /// Divides the plane.
  ///
  /// - Parameter positions: x and y of each point.
  package init(_ positions: UnsafeBufferPointer<Double>) {
    let count = positions.count / 2
    guard count > 0 else { return }
    var (least, greatest) = (SIMD2(positions[0], positions[1]), SIMD2(positions[0], positions[1]))
    for point in 0..<count {
      let place = SIMD2(positions[2 * point], positions[2 * point + 1])
      least = pointwiseMin(least, place)
      greatest = pointwiseMax(greatest, place)
    }
    let extent = (greatest - least).max()
    let scale = extent > 1e-290 ? Double(UInt64(1) << Self.levels) / extent : 0
    let limit = Double((UInt64(1) << Self.levels) - 1)
    let keyed = (0..<count).map { point -> (key: UInt64, point: Int) in
      let x = UInt64(min((positions[2 * point] - least.x) * scale, limit))
      let y = UInt64(min((positions[2 * point + 1] - least.y) * scale, limit))
      return (Self.interleaved(x) | Self.interleaved(y) << 1, point)
    }.sorted { ($0.key, $0.point) < ($1.key, $1.point) }
    order = keyed.map(\.point)
    cells.reserveCapacity(2 * count)
    keyed.withUnsafeBufferPointer { keyed in
      addCell(of: keyed[...], positions, extent: extent)
    }
  }

  /// Adds the cell of consecutive points and those below it.
  private mutating func addCell(
    of keyed: Slice<UnsafeBufferPointer<(key: UInt64, point: Int)>>,
    _ positions: UnsafeBufferPointer<Double>, extent: Double
  ) {
    let place = cells.count
    cells.append(Cell(x: 0, y: 0, count: Double(keyed.count), squaredWidth: 0, next: 0))
    let difference = keyed.first!.key ^ keyed.last!.key
    var (x, y) = (0.0, 0.0)
    if difference == 0 {
      for (_, point) in keyed {
        x += positions[2 * point]
        y += positions[2 * point + 1]
      }
    } else {
      // The first level at which the points part.
      let level = (63 - difference.leadingZeroBitCount) / 2
      let width = extent * Double(UInt64(1) << (level + 1)) / Double(UInt64(1) << Self.levels)
      cells[place].squaredWidth = width * width
      var start = keyed.startIndex
      while start < keyed.endIndex {
        let quarter = keyed[start].key >> UInt64(2 * level)
        var end = start + 1
        while end < keyed.endIndex, keyed[end].key >> UInt64(2 * level) == quarter { end += 1 }
        let child = cells.count
        addCell(of: keyed[start..<end], positions, extent: extent)
        x += cells[child].x * cells[child].count
        y += cells[child].y * cells[child].count
        start = end
      }
    }
    cells[place].x = x / Double(keyed.count)
    cells[place].y = y / Double(keyed.count)
    cells[place].next = cells.count
  }

  /// The bits of a number below 2³¹ with a zero before each.
  private static func interleaved(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  /// What all other points do to one of the tree's points, with w_j = 1 / (1 + ‖y - y_j‖²).
  ///
  /// A cell counts as one point at its centre if its width is less than `theta` times the distance.
  ///
  /// - Parameter theta: From 0, every point by itself, to 0.7: a point's own cell is then never
  ///   taken as a whole, because the distance to its centre is at most √2 times its width.
  /// - Returns: Σ_j w_j, and Σ_j w_j² (y - y_j).
  @inline(__always)
  package func repulsion(
    x: Double, y: Double, theta: Double
  ) -> (weight: Double, forceX: Double, forceY: Double) {
    let squaredTheta = theta * theta
    // The point itself is one of those below and has weight 1.
    var (weight, forceX, forceY) = (-1.0, 0.0, 0.0)
    cells.withUnsafeBufferPointer { cells in
      var index = 0
      while index < cells.count {
        let cell = cells[index]
        let (dx, dy) = (x - cell.x, y - cell.y)
        let square = dx * dx + dy * dy
        if cell.squaredWidth == 0 || cell.squaredWidth < squaredTheta * square {
          let w = 1 / (1 + square)
          let total = cell.count * w
          weight += total
          forceX += total * w * dx
          forceY += total * w * dy
          index = cell.next
        } else {
          index += 1
        }
      }
    }
    return (weight, forceX, forceY)
  }
}
