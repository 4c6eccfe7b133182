import Foundation
import Tensors

/// dx/dt = Ax, what a system is like next to its equilibrium.
public struct LinearSystem: Sendable {
  /// A, [n, n] in float64.
  public let matrix: Tensor

  /// - Precondition: a square matrix in float64.
  public init(_ matrix: Tensor) {
    precondition(
      matrix.rank == 2 && matrix.shape[0] == matrix.shape[1] && matrix.dtype == .float64,
      "a linear system of \(matrix.dtype) \(matrix.shape)")
    self.matrix = matrix
  }

  private var dimension: Int { matrix.shape[0] }

  /// The largest real part of an eigenvalue of A, by Gelfand's formula: log ‖exp(A)^m‖ / m for m = 2^40.
  public var growthRate: Double {
    let scale = matrix.magnitude.max().item
    guard scale > 0 else { return 0 }
    // Of entries near 1, whose squares are numbers whatever the unit of time.
    let unit = LinearSystem(matrix / scale)
    return scale * unit.growthRateOfUnit
  }

  private var growthRateOfUnit: Double {
    // exp(A) = exp(A / 2^s)^(2^s), with a series where the matrix is small.
    let halvings = max(0, Int(Foundation.log2(matrix.norm.item).rounded(.up)) + 2)
    let small = matrix * pow(2, -Double(halvings))
    var power = Tensor.identity(dimension, dtype: .float64)
    for k in stride(from: 20, through: 1, by: -1) {
      power = Tensor.identity(dimension, dtype: .float64) + small.matmul(power) * (1 / Double(k))
    }
    var logarithm = 0.0  // of the factor taken out of `power`
    let doublings = 40 + halvings
    for _ in 0..<doublings {
      power = power.matmul(power)
      let norm = power.norm.item
      logarithm = 2 * logarithm + Foundation.log(norm)
      power = power * (1 / norm)
    }
    return logarithm / pow(2, 40)
  }

  /// The symmetric P with AᵀP + PA = -Q, for which x'Px falls at the rate x'Qx; nil if A does not
  /// determine it.
  ///
  /// - Parameter decay: Q, symmetric.
  public func lyapunovMatrix(decay: Tensor) -> Tensor? {
    let (n, one) = (dimension, Tensor.identity(dimension, dtype: .float64))
    let transposed = matrix.transposed.contiguous()
    let system = transposed.kronecker(one) + one.kronecker(transposed)
    let solution = system.leastSquares(-decay.reshaped([n * n, 1])).reshaped([n, n])
    let found = (solution + solution.transposed) * 0.5
    return found.isFinite.all().isTrue ? found : nil
  }
}

extension Tensor {
  /// A ⊗ B of square matrices: with matrices written row by row, A X Bᵀ is (A ⊗ B) X.
  func kronecker(_ other: Tensor) -> Tensor {
    let size = shape[0] * other.shape[0]
    return (unsqueezed(1).unsqueezed(3) * other.unsqueezed(0).unsqueezed(2)).reshaped([size, size])
  }
}
