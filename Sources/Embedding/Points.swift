/// Points of one dimension, in a contiguous array: the features of samples, or their places in a
/// plane.
public struct Points: Sendable, Equatable {
  /// The coordinates, row-major: point after point.
  public let coordinates: [Double]
  /// The number of points.
  public let count: Int
  /// The number of coordinates of a point.
  public let dimension: Int

  /// Creates points from their coordinates, point after point.
  ///
  /// - Precondition: `dimension` is positive and divides the number of coordinates.
  public init(_ coordinates: [Double], dimension: Int) {
    precondition(
      dimension > 0 && coordinates.count % dimension == 0,
      "Points: \(coordinates.count) coordinates of dimension \(dimension)")
    self.coordinates = coordinates
    self.dimension = dimension
    count = coordinates.count / dimension
  }

  /// The coordinates of one point.
  public subscript(index: Int) -> ArraySlice<Double> {
    coordinates[index * dimension..<(index + 1) * dimension]
  }

  /// Calls `body` with the square of the Euclidean distance between two points.
  @inline(__always)
  func withSquaredDistances<Result>(
    _ body: ((Int, Int) -> Double) throws -> Result
  ) rethrows -> Result {
    try coordinates.withUnsafeBufferPointer { buffer in
      let (start, dimension) = (buffer.baseAddress, dimension)
      return try body { first, second in
        guard let start else { return 0 }
        return squaredDistance(
          start + first * dimension, start + second * dimension, dimension: dimension)
      }
    }
  }
}

/// Σ (a_k - b_k)², in a fixed order of additions.
@inline(__always)
func squaredDistance(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, dimension: Int
) -> Double {
  var sums = SIMD4<Double>.zero
  let whole = dimension & ~3
  var axis = 0
  while axis < whole {
    let difference =
      SIMD4(a[axis], a[axis + 1], a[axis + 2], a[axis + 3])
      - SIMD4(b[axis], b[axis + 1], b[axis + 2], b[axis + 3])
    sums += difference * difference
    axis += 4
  }
  var sum = sums.sum()
  while axis < dimension {
    let difference = a[axis] - b[axis]
    sum += difference * difference
    axis += 1
  }
  return sum
}
