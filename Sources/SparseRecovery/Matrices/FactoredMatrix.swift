import Synchronization
import Tensors

/// A matrix A [m, n] decomposed once, for any penalty parameter and any number of right-hand sides.
///
/// With U diag(l) U' = AA' where A is wide, G = A'U satisfies A'A = GG' and G'G = diag(l), and the
/// measurements enter as β = U'b, A'b = Gβ. Then for every c > 0 (Woodbury)
///
///     (A'A + cI)⁻¹ r = (r - G (l + c)⁻¹ G'r) / c,
///
/// so that changing c costs nothing. A tall A gives the same with W diag(l) W' = A'A, G = W √l.
///
/// Where the elements of A are far from 1 all of this is of A divided by a power of two, `exponent`,
/// which rounds nothing; what takes measurements divides by the same.
///
/// The decomposition is made when it is first asked for: coordinate descent needs none.
public struct FactoredMatrix: Sendable {
  /// A · 2^-exponent [m, n], float64.
  public let matrix: Tensor
  /// 0 unless the largest element of A is below about 1/1000 or above 1000.
  public let exponent: Int
  private let decomposition: Deferred<Decomposition>

  /// G [n, r], r = min(m, n).
  public var basis: Tensor { decomposition.value.basis }
  /// G in float32, for iterations that add small changes of Gs.
  public var roundedBasis: Tensor { decomposition.value.roundedBasis }
  /// l [r], in ascending order.
  public var eigenvalues: Tensor { decomposition.value.eigenvalues }
  /// ‖A‖₂², the largest eigenvalue.
  public var squaredNorm: Double { decomposition.value.squaredNorm }
  /// Eigenvalues up to this are taken for 0 where Ax = b is solved: 1e-12 of the largest.
  public var floor: Double { squaredNorm * 1e-12 }

  /// - Precondition: `matrix` has rank 2.
  public init(_ matrix: Tensor) {
    let given = matrix.to(.float64)
    exponent = BinaryScale.exponent(
      ofLargest: max(given.max().item, -given.min().item))
    let a = given.scaled(byTwoToThe: -exponent).contiguous()
    self.matrix = a
    decomposition = Deferred { Decomposition(of: a) }
  }

  private struct Decomposition {
    let basis: Tensor
    let roundedBasis: Tensor
    let eigenvalues: Tensor
    let squaredNorm: Double
    /// U of a wide matrix.
    let rotation: Tensor?

    init(of a: Tensor) {
      let isWide = a.shape[0] <= a.shape[1]
      let gram = isWide ? a.matmul(a.transposed) : a.transposed.matmul(a)
      let (values, vectors) = gram.symmetricEigen
      let l = values.relu
      squaredNorm = l.max().item
      eigenvalues = l
      rotation = isWide ? vectors : nil
      basis =
        isWide
        ? a.transposed.matmul(vectors).contiguous() : (vectors * l.squareRoot).contiguous()
      roundedBasis = basis.to(.float32)
    }
  }

  /// m, the number of measurements.
  public var rows: Int { matrix.shape[0] }
  /// n, the length of what is measured.
  public var columns: Int { matrix.shape[1] }

  /// β [B, r] of measurements [m, B] in units of `matrix`, and the length [B] of what no Ax reaches.
  func coordinates(of measurements: Tensor) -> (targets: Tensor, outside: Tensor) {
    let b = measurements.to(.float64)
    if let rotation = decomposition.value.rotation {
      let beta = b.transposed.matmul(rotation)
      return (beta, Tensor.zeros(like: beta.sum(along: 1)))
    }
    let root = eigenvalues.squareRoot
    let image = b.transposed.matmul(matrix).matmul(basis)
    let beta = Tensor.select(
      eigenvalues .> floor, image / root.positiveOrOne / root.positiveOrOne, .zeros(like: image))
    let rest = b.squared.sum(along: 0) - beta.squared.sum(along: 1)
    return (beta, rest.relu.squareRoot)
  }

  /// (A'A + cI)⁻¹ r for the columns of r [n, B].
  func dampedInverse(_ r: Tensor, damping c: Double) -> Tensor {
    let inner = basis.transposed.matmul(r) / (eigenvalues.unsqueezed(1) + c)
    return (r - basis.matmul(inner)) / c
  }
}

/// A value that is made when it is first asked for, once.
final class Deferred<Value: Sendable>: Sendable {
  private let made: Mutex<Value?> = Mutex(nil)
  private let make: @Sendable () -> Value

  init(_ make: @escaping @Sendable () -> Value) { self.make = make }

  var value: Value {
    made.withLock { made in
      if let made { return made }
      let value = make()
      made = value
      return value
    }
  }
}
