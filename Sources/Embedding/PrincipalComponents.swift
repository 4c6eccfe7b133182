/// The directions in which points vary most: leading eigenvectors of their covariance matrix.
///
/// By subspace iteration with a Rayleigh-Ritz step (Golub, Van Loan, *Matrix computations*, section
/// 8.2.4), from a fixed start. In each direction the component of the largest magnitude is
/// positive, as in scikit-learn's `PCA`.
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
    let dimension = points.dimension
    let mean = (0..<dimension).map { axis in
      (0..<points.count).reduce(0.0) { $0 + points.coordinates[$1 * dimension + axis] }
        / Double(points.count)
    }
    self.mean = mean
    let covariance = Self.covariance(of: points, mean: mean)
    let trace = (0..<dimension).reduce(0.0) { $0 + covariance[$1 * dimension + $1] }

    // A few directions more than asked for, so that close eigenvalues part quickly.
    let width = min(count + 8, dimension)
    var basis = Self.startBasis(dimension: dimension, width: width)
    var values = [Double](repeating: 0, count: width)
    for _ in 0..<300 {
      basis = Self.orthonormalized(basis.map { Self.product(covariance, $0) }, scale: trace)
      let images = basis.map { Self.product(covariance, $0) }
      let small = basis.flatMap { row in images.map { Self.dot(row, $0) } }
      let (newValues, rotation) = symmetricEigenvectors(small, count: width)
      basis = rotation.map { weights in
        (0..<dimension).map { axis in
          (0..<width).reduce(0.0) { $0 + weights[$1] * basis[$1][axis] }
        }
      }
      let change = zip(newValues, values).prefix(count).map { abs($0 - $1) }.max() ?? 0
      values = newValues
      if change <= 1e-13 * trace { break }
    }
    let zeros = [Double](repeating: 0, count: dimension)
    directions = (0..<count).map { index in
      guard index < width, values[index] > 1e-12 * trace else { return zeros }
      let largest = basis[index].max { abs($0) < abs($1) } ?? 0
      return basis[index].map { largest < 0 ? -$0 : $0 }
    }
    variances = (0..<count).map { $0 < width ? max(values[$0], 0) : 0 }
  }

  /// The coordinates of points along the directions, row-major, from the mean.
  public func scores(of points: Points) -> [Double] {
    precondition(points.dimension == mean.count, "scores of dimension \(points.dimension)")
    return (0..<points.count).flatMap { point in
      let centred = zip(points[point], mean).map { $0 - $1 }
      return directions.map { Self.dot($0, centred) }
    }
  }

  private static func covariance(of points: Points, mean: [Double]) -> [Double] {
    let dimension = points.dimension
    var sums = [Double](repeating: 0, count: dimension * dimension)
    var centred = [Double](repeating: 0, count: dimension)
    sums.withUnsafeMutableBufferPointer { sums in
      for point in 0..<points.count {
        for axis in 0..<dimension {
          centred[axis] = points.coordinates[point * dimension + axis] - mean[axis]
        }
        for row in 0..<dimension {
          let factor = centred[row]
          for column in 0..<dimension { sums[row * dimension + column] += factor * centred[column] }
        }
      }
    }
    return sums.map { $0 / Double(points.count - 1) }
  }

  /// Vectors that no data are likely to be orthogonal to.
  private static func startBasis(dimension: Int, width: Int) -> [[Double]] {
    (0..<width).map { row in
      (0..<dimension).map { axis in
        let bits = UInt64(row * dimension + axis + 1) &* 0x9E37_79B9_7F4A_7C15
        return Double(Int64(bitPattern: bits ^ (bits >> 29))) * 0x1p-63
      }
    }
  }

  private static func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    let dimension = vector.count
    return matrix.withUnsafeBufferPointer { matrix in
      (0..<dimension).map { row in
        var sum = 0.0
        for column in 0..<dimension { sum += matrix[row * dimension + column] * vector[column] }
        return sum
      }
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 }
  }

  /// Gram and Schmidt's orthonormal basis, each vector made orthogonal twice against rounding; zeros
  /// for what is linearly dependent.
  private static func orthonormalized(_ vectors: [[Double]], scale: Double) -> [[Double]] {
    var basis: [[Double]] = []
    for vector in vectors {
      var rest = vector
      for _ in 0..<2 {
        for other in basis {
          let factor = dot(rest, other)
          for axis in rest.indices { rest[axis] -= factor * other[axis] }
        }
      }
      let norm = dot(rest, rest).squareRoot()
      basis.append(norm > 1e-14 * scale ? rest.map { $0 / norm } : rest.map { _ in 0 })
    }
    return basis
  }
}
