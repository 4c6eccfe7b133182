import Failures
import Foundation
import Tensors

/// Find sparse x with Ax = b or nearly so, for each column of b.
///
/// What solvers see is in the problem's own units: A = 2^e `matrix.matrix`, b = 2^q `measurements` with
/// a q of each column, so x = 2^(q-e) times theirs. Where A and b are of ordinary size both are 0;
/// `SparseSolver.solve(_:from:)` converts.
public struct SparseProblem: Sendable {
  /// A, scaled by a power of two where its elements are far from ordinary size.
  public let matrix: FactoredMatrix
  /// b · 2^-q [m, B], float64.
  public let measurements: Tensor
  /// q of each column.
  let exponents: [Int]
  /// e.
  let matrixExponent: Int
  /// How the measurements are met, and λ or ε.
  public let fidelity: DataFidelity
  private let coordinates: Deferred<(targets: Tensor, outside: Tensor)>
  /// β [B, r].
  var targets: Tensor { coordinates.value.targets }
  /// The length [B] of what no Ax reaches.
  var outside: Tensor { coordinates.value.outside }

  /// - Parameter measurements: [m, B], a problem a column.
  /// - Throws: `Failure` if the shapes do not fit, measurements are not finite, an option is
  ///   out of its range or no point meets the constraint.
  public init(_ matrix: FactoredMatrix, measurements: Tensor, fidelity: DataFidelity)
    throws(Failure)
  {
    let shape = measurements.shape
    guard shape.count == 2, shape[0] == matrix.rows, shape[1] >= 1 else {
      throw Failure(
        .malformed, at: "measurements",
        expected: "[\(matrix.rows), B], a row for each row of the matrix", found: "\(shape)",
        remedy: "Give one measurement for each row of the matrix.")
    }
    let given = measurements.to(.float64)
    guard given.isFinite.all().isTrue else {
      throw Failure(
        .malformed, at: "measurements", expected: "finite numbers",
        found: "a NaN or an infinite number", remedy: "Remove the column, or correct the number.")
    }
    let exponents = BinaryScale.exponents(ofColumns: given)
    self.init(
      matrix, given.scaledColumns(byTwoToThe: exponents.map { -$0 }), fidelity,
      exponents: exponents, matrixExponent: matrix.exponent)
    try check()
  }

  private init(
    _ matrix: FactoredMatrix, _ measurements: Tensor, _ fidelity: DataFidelity, exponents: [Int],
    matrixExponent: Int
  ) {
    self.matrix = matrix
    self.measurements = measurements
    self.fidelity = fidelity
    self.exponents = exponents
    self.matrixExponent = matrixExponent
    coordinates = Deferred { matrix.coordinates(of: measurements) }
  }

  /// A problem in the units of this one, which are taken for its own.
  func with(measurements: Tensor, fidelity: DataFidelity) -> SparseProblem {
    SparseProblem(
      matrix, measurements, fidelity, exponents: exponents.map { _ in 0 }, matrixExponent: 0)
  }

  private func check() throws(Failure) {
    switch fidelity {
    case .regularized(let weight):
      guard weight.value > 0, weight.value.isFinite else {
        throw Failure(
          .invalidOption, at: "lambda", expected: "a number above 0", found: "\(weight.value)",
          remedy: "Use the equality constraint for measurements without noise.")
      }
    case .equality:
      let size = measurements.norm(along: 0).positiveOrOne
      let nearest = (nearestResiduals / size).max(along: 0).item
      guard nearest < 1e-6 else {
        throw Failure(
          .unsuitable, at: "measurements", expected: "Ax = b to have a solution",
          found: "‖Ax - b‖ ≥ \(nearest) ‖b‖ for every x",
          remedy: "Allow for noise: give eps or lambda.")
      }
    case .ball(let radius):
      guard radius > 0, radius.isFinite else {
        throw Failure(
          .invalidOption, at: "eps", expected: "a number above 0", found: "\(radius)",
          remedy: "Use the equality constraint for measurements without noise.")
      }
      let nearest = nearestResiduals
      guard (nearest .< radii(of: radius)).all().isTrue else {
        let worst = zip(nearest.doubles, exponents).map { scalbn($0, $1) }.max()!
        throw Failure(
          .unsuitable, at: "eps", expected: "‖Ax - b‖ ≤ \(radius) to have a solution",
          found: "‖Ax - b‖ ≥ \(worst) for every x", remedy: "Give a larger eps.")
      }
    }
  }

  /// The least ‖Ax - b‖ over x, [B].
  private var nearestResiduals: Tensor {
    let isNull = (matrix.eigenvalues .<= matrix.floor).to(.float64)
    return ((targets.squared * isNull).sum(along: 1) + outside.squared).squareRoot
  }

  /// A radius in the units of each column, [B].
  func radii(of radius: Double) -> Tensor {
    Tensor(exponents.map { BinaryScale.bounded(radius, timesTwoToThe: Double(-$0)) })
      .to(measurements.device)
  }

  /// x [n, B] of the problem's units in those of the data as they were given.
  func inGivenUnits(_ x: Tensor) -> Tensor { x.scaledColumns(byTwoToThe: solutionExponents) }

  /// q - e of each column, the exponent of x.
  var solutionExponents: [Int] { exponents.map { $0 - matrixExponent } }

  /// ‖Ax - b‖ of each column, [B].
  func residualNorms(of x: Tensor) -> Tensor {
    (matrix.matrix.matmul(x) - measurements).norm(along: 0)
  }

  /// The minimiser of ½‖Ax - b‖² along the gradient at 0, [n, B]: a point of the right size even
  /// where A is ill-conditioned and b noisy, unlike the solution of least norm.
  var steepestDescentPoint: Tensor {
    steepestDescentPoint(along: matrix.matrix.transposed.matmul(measurements))
  }

  /// The same, given the gradient A'b.
  func steepestDescentPoint(along gradient: Tensor) -> Tensor {
    let image = matrix.matrix.matmul(gradient).squared.columnSums
    return gradient * (gradient.squared.columnSums / image.positiveOrOne)
  }
}
