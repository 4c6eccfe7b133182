/// The convex hull of points, asked whether others lie in it.
///
/// For a point y it minimises ‖Σ λ_i (x_i - y)‖² + (Σ λ_i - 1)² over λ ≥ 0 by Lawson and Hanson's
/// active sets. The minimum is 0 if y is in the hull; else z = Σ λ_i (x_i - y) is the normal of a
/// hyperplane between them, ⟨x_i - y, z⟩ > 0 for all i, which is checked before y is called outside.
///
/// ### Source
/// Lawson, Hanson, *Solving least squares problems*, 1974, chapter 23.
public struct ConvexHull: Sendable {
  private let points: [Double]
  private let dimension: Int
  private let count: Int

  /// Creates the hull of points given row-major.
  ///
  /// - Precondition: there is a point, and `dimension` divides the number of coordinates.
  public init(of points: [Double], dimension: Int) {
    precondition(
      dimension > 0 && !points.isEmpty && points.count % dimension == 0,
      "ConvexHull: \(points.count) coordinates of dimension \(dimension)")
    self.points = points
    self.dimension = dimension
    count = points.count / dimension
  }

  /// Whether a coordinate of a point lies outside those of all points, so that it is outside the
  /// smallest box around them and hence outside the hull.
  public func isSeparatedByCoordinate(_ point: some RandomAccessCollection<Double>) -> Bool {
    precondition(point.count == dimension, "a point of \(point.count) coordinates")
    return point.enumerated().contains { axis, value in
      let coordinates = stride(from: axis, to: points.count, by: dimension)
      return !coordinates.contains { points[$0] <= value }
        || !coordinates.contains { points[$0] >= value }
    }
  }

  /// Whether a point lies in the hull; of points closer to its border than rounding, either answer.
  public func contains(_ point: some RandomAccessCollection<Double>) -> Bool {
    if isSeparatedByCoordinate(point) { return false }
    let place = Array(point)
    // Rows (x_i - y, 1).
    let width = dimension + 1
    var rows = [Double](repeating: 1, count: count * width)
    for row in 0..<count {
      for axis in 0..<dimension {
        rows[row * width + axis] = points[row * dimension + axis] - place[axis]
      }
    }
    var search = NonNegativeCombination(rows: rows, width: width)
    return !search.separates()
  }
}

/// Non-negative weights λ that bring Σ λ_i a_i nearest to (0, ..., 0, 1), for rows a_i = (x_i - y, 1).
private struct NonNegativeCombination {
  private let rows: [Double]
  private let width: Int
  private let count: Int
  private var weights: [Double]
  /// The rows whose weights may be positive.
  private var passive: [Int] = []
  /// (0, ..., 0, 1) - Σ λ_i a_i.
  private var residual: [Double]

  init(rows: [Double], width: Int) {
    self.rows = rows
    self.width = width
    count = rows.count / width
    weights = Array(repeating: 0, count: count)
    residual = Array(repeating: 0, count: width - 1) + [1]
  }

  /// Whether a hyperplane was found with all x_i on one side of y.
  mutating func separates() -> Bool {
    // Each round lowers the distance; the limit is there against rounding that makes a cycle.
    for _ in 0..<(30 * width + count) {
      if isSeparating { return true }
      if residual[width - 1] < 1e-11 { return false }
      guard let entering = steepest else { return false }
      passive.append(entering)
      descend()
    }
    return false
  }

  /// Whether ⟨x_i - y, z⟩ > 0 for all i, with z the negative residual without its last element.
  private var isSeparating: Bool {
    rows.withUnsafeBufferPointer { rows in
      residual.withUnsafeBufferPointer { residual in
        for row in 0..<count {
          var product = 0.0
          for axis in 0..<width - 1 { product -= rows[row * width + axis] * residual[axis] }
          if product <= 1e-13 { return false }
        }
        return true
      }
    }
  }

  /// The row along which the distance falls fastest.
  private var steepest: Int? {
    var best: (row: Int, slope: Double)?
    for row in 0..<count where !passive.contains(row) {
      let slope = (0..<width).reduce(0.0) { $0 + rows[row * width + $1] * residual[$1] }
      if slope > max(best?.slope ?? 0, 1e-13) { best = (row, slope) }
    }
    return best?.row
  }

  /// Moves to the best weights of the passive rows, or as far towards them as weights stay
  /// non-negative, and gives up the rows whose weights become 0, until none does.
  private mutating func descend() {
    while true {
      guard let target = passiveWeights else {
        // The last row depends on the others; what it would add is rounding.
        passive.removeLast()
        break
      }
      let blocked = passive.indices.filter { target[$0] <= 0 }
      let step =
        blocked.map { place in
          weights[passive[place]] / (weights[passive[place]] - target[place])
        }.min() ?? 1
      for (place, row) in passive.enumerated() {
        weights[row] += step * (target[place] - weights[row])
      }
      if blocked.isEmpty { break }
      let least = blocked.min {
        weights[passive[$0]] < weights[passive[$1]]
      }
      let leaving = passive.indices.filter {
        $0 == least || (target[$0] <= 0 && weights[passive[$0]] <= 0)
      }
      for place in leaving { weights[passive[place]] = 0 }
      passive = passive.indices.filter { !leaving.contains($0) }.map { passive[$0] }
    }
    residual = Array(repeating: 0, count: width - 1) + [1]
    for row in passive {
      for axis in 0..<width { residual[axis] -= weights[row] * rows[row * width + axis] }
    }
  }

  /// The weights that minimise the distance with the passive rows alone, by Cholesky's
  /// factorisation of their Gram matrix; nil if that is singular.
  private var passiveWeights: [Double]? {
    let size = passive.count
    var factor = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i {
        var sum = 0.0
        for axis in 0..<width {
          sum += rows[passive[i] * width + axis] * rows[passive[j] * width + axis]
        }
        let diagonal = sum
        for k in 0..<j { sum -= factor[i * size + k] * factor[j * size + k] }
        if i == j {
          guard sum > 1e-14 * diagonal else { return nil }
          factor[i * size + i] = sum.squareRoot()
        } else {
          factor[i * size + j] = sum / factor[j * size + j]
        }
      }
    }
    // The right-hand side is the last column, ones.
    var solution = [Double](repeating: 1, count: size)
    for i in 0..<size {
      for k in 0..<i { solution[i] -= factor[i * size + k] * solution[k] }
      solution[i] /= factor[i * size + i]
    }
    for i in stride(from: size - 1, through: 0, by: -1) {
      for k in i + 1..<max(size, i + 1) { solution[i] -= factor[k * size + i] * solution[k] }
      solution[i] /= factor[i * size + i]
    }
    return solution
  }
}
