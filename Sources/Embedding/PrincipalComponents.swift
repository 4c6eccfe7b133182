import Tensors

/// The directions in which points vary most: leading eigenvectors of their covariance matrix.
///
/// In each direction the component of the largest magnitude is positive, as in scikit-learn's `PCA`.
public struct PrincipalComponents: Sendable {
  /// The mean of the points.
  public let mean: [Double]
  /// Orthonormal directions, by descending variance; zeros once the variance is exhausted.
  public let directions: [[Double]]
  /// The variance along each direction, with divisor n - 1.
  public let variances: [Double]

  /// Finds the `count` leading directions.
  ///
  /// - Precondition: there are at least two points, and `count` is in `1...dimension`, or one more
  ///   direction is asked for than there are coordinates, which is then zeros.
  public init(of points: Points, count: Int) {
    precondition(points.count > 1 && count > 0, "PrincipalComponents of \(points.count) points")
    let x = points.tensor
    let mean = x.mean(along: 0)
    let centred = x - mean
    let covariance = centred.transposed.matmul(centred) / Double(points.count - 1)
    let (values, vectors) = covariance.symmetricEigen
    let descending = Array(values.doubles.reversed())
    let least = 1e-12 * descending.reduce(0, +)
    self.mean = mean.doubles
    directions = (0..<count).map { index in
      guard index < points.dimension, descending[index] > least else {
        return [Double](repeating: 0, count: points.dimension)
      }
      let column = points.dimension - 1 - index
      let direction = vectors.sliced(column..<column + 1, along: 1).doubles
      let largest = direction.max { abs($0) < abs($1) } ?? 0
      return direction.map { largest < 0 ? -$0 : $0 }
    }
    variances = (0..<count).map { $0 < points.dimension ? max(descending[$0], 0) : 0 }
  }

  /// The coordinates of points along the directions, row-major, from the mean.
  public func scores(of points: Points) -> [Double] {
    precondition(points.dimension == mean.count, "scores of dimension \(points.dimension)")
    let axes = Tensor(directions.flatMap { $0 }, shape: [directions.count, mean.count])
    return (points.tensor - Tensor(mean)).matmul(axes.transposed).doubles
  }
}

extension Points {
  /// The coordinates as a matrix, a point a row.
  fileprivate var tensor: Tensor { Tensor(coordinates, shape: [count, dimension]) }
}
