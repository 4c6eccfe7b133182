import Foundation
import Tensors

/// {x : (x - c)'P (x - c) ≤ r} around an equilibrium, in which a field is to contract.
public struct Ellipsoid: Sendable {
  /// c, up to rounding.
  public let center: [Double]
  /// P, symmetric and positive definite, row by row.
  public let matrix: [Double]
  /// M with M'P M ≈ 1, row by row: coordinates in which the ellipsoid is a ball.
  public let frame: [Double]
  /// λ > 0: the rate of contraction that is to be shown.
  public let rate: Double
  /// r.
  public var radius: Double

  var dimension: Int { center.count }
  private var shape: [Int] { [dimension, dimension] }
  var p: Tensor { Tensor(matrix, shape: shape) }
  private var m: Tensor { Tensor(frame, shape: shape) }

  /// (x - c)'P (x - c).
  public var form: Term {
    let x = Term.state(dimension) - .constant(center)
    return x.dot(x.linear(weight: p))
  }
}

extension Ellipsoid {
  /// The ellipsoid of A = Df(c): P from A'P + P A = -1, in which A contracts, and M from its eigenvectors,
  /// in which A'P + P A is diagonal too.
  ///
  /// - Throws: `AttractionError.unstable` if A has no such P.
  public init(linearization: Tensor, center: [Double], rateShare: Double = 0.05) throws {
    let d = center.count
    guard
      let p = LinearSystem(linearization).lyapunovMatrix(decay: .identity(d, dtype: .float64))
    else { throw AttractionError.unstable }
    let own = p.symmetricEigen
    guard own.values.min().item > 0 else { throw AttractionError.unstable }
    let whitened = own.vectors * own.values.squareRoot.reciprocal.unsqueezed(0)
    let product = p.matmul(linearization)
    let decay = whitened.transposed.matmul(product + product.transposed).matmul(whitened)
    let modes = ((decay + decay.transposed) * 0.5).symmetricEigen
    guard modes.values.max().item < 0 else { throw AttractionError.unstable }
    self.center = center
    var entries = p.doubles
    // Symmetric to the bit.
    for i in 0..<d { for j in 0..<i { entries[i * d + j] = entries[j * d + i] } }
    matrix = entries
    frame = whitened.matmul(modes.vectors).doubles
    rate = -modes.values.max().item / 2 * rateShare
    radius = 1
  }

  /// A box that holds the ellipsoid of a given r.
  func hull(radius: Double) -> [ClosedRange<Double>] {
    // (P^-1)_ii = (M M')_ii, up to what M'P M differs from 1.
    let reach = m.squared.sum(along: 1).doubles.map { (radius * $0).squareRoot() * (1 + 1e-6) }
    return zip(center, reach).map { $0 - $1...$0 + $1 }
  }

  /// The largest r whose hull is inside a box; at most 0 if the center is not.
  func largestRadius(inside box: [ClosedRange<Double>]) -> Double {
    let squares = m.squared.sum(along: 1).doubles
    return zip(zip(center, box), squares).map { pair, square in
      let distance = min(pair.0 - pair.1.lowerBound, pair.1.upperBound - pair.0) * (1 - 1e-5)
      return distance <= 0 ? 0 : distance * distance / square
    }.min()!
  }

  /// What is below 0 where a field contracts at the rate λ in the ellipsoid's norm: the largest of
  /// G_ii + Σ_{j≠i} |G_ij| with G = M'(P J + J'P + 2 λ P) M and J = Df (Gershgorin: G is negative definite).
  func contraction(of field: Term) -> Term {
    let d = dimension
    let one = Tensor.identity(d, dtype: .float64)
    // Matrices are written row by row: A X B = (A ⊗ 1) (1 ⊗ B') X.
    let jacobian = Term.concatenated(field.jacobian(dimension: d))
    let product = jacobian.linear(weight: p.kronecker(one))
    let turned = product.selecting((0..<d * d).map { $0 % d * d + $0 / d })
    let decay = product + turned + Term.constant(matrix) * (2 * rate)
    let columns = m.transposed.contiguous()
    let form = decay.linear(weight: columns.kronecker(one)).linear(
      weight: one.kronecker(columns))
    let rows = (0..<d).map { i in
      (0..<d).reduce(form[i * d + i]) { sum, j in
        j == i ? sum : sum + form[i * d + j].magnitude
      }
    }
    return rows.dropFirst().reduce(rows[0]) { $0.maximum($1) }
  }

  /// Whether P is positive definite and M its frame, and the field nearly 0 at the center: what the
  /// proof takes from a file and would be wrong without.
  func isSound(for system: DynamicalSystem) -> Bool {
    let product = m.transposed.matmul(p).matmul(m)
    let error = (product - .identity(dimension, dtype: .float64)).magnitude.max().item
    let isSymmetric = (p - p.transposed).magnitude.max().item == 0
    let here = Boxes(system.equilibrium.map { $0...$0 })
    let velocity = IntervalBounds().enclosures(
      of: Program(dimension: dimension, outputs: [system.field]), over: here)[0].range.magnitude
    // |f|_P ≤ (Σ_ij |f_i| |P_ij| |f_j|)^(1/2).
    let size = velocity.matmul(p.magnitude).matmul(velocity.transposed).item.squareRoot()
    return isSymmetric && error < 1e-8 && rate > 0 && radius > 0
      && size * (1 + 1e-9) < rate * radius.squareRoot()
  }
}
