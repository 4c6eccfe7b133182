import DifferentialEquations
import Tensors

/// The coefficients that the order conditions are written in. Those of an explicit method are its own;
/// a Rosenbrock method has them for its implicit stages in combinations u = Γ k (Hairer, Wanner,
/// "Solving Ordinary Differential Equations II", IV.7):
///
///     Γ = (I / γ - G)⁻¹,    α = A Γ,    b = m Γ.
struct ClassicalForm {
  /// α.
  let coefficients: [[Double]]
  /// α + Γ; nil for an explicit method.
  let single: [[Double]]?
  /// Σ_j γ_ij, which is the weight of ∂f/∂t; empty for an explicit method.
  let timeWeights: [Double]
  private let transform: Tensor?
  private let implicit: ClosedRange<Int>?

  init(_ method: ButcherTableau) {
    guard let stages = method.implicitStages else {
      coefficients =
        method.coefficients + (method.interpolant?.furtherStages.map(\.coefficients) ?? [])
      (single, timeWeights, transform, implicit) = (nil, [], nil, nil)
      return
    }
    let count = stages.stages.count
    func square(_ rows: [[Double]]) -> Tensor {
      let flat = rows.flatMap { row in
        row.dropFirst() + [Double](repeating: 0, count: count + 1 - row.count)
      }
      return Tensor(flat, shape: [count, count])
    }
    let gamma =
      (Tensor.identity(count, dtype: .float64) / stages.diagonal - square(stages.couplings)).inverse
    let alpha = square(stages.stages.map { method.coefficients[$0] }).matmul(gamma)
    coefficients = alpha.rows
    single = (alpha + gamma).rows
    timeWeights = gamma.rows.map { $0.reduce(0, +) }
    transform = gamma
    implicit = stages.stages
  }

  /// Weights of stages as those of the classical form.
  func weights(_ weights: [Double]) -> [Double] {
    guard let transform, let implicit else { return weights }
    return Tensor(Array(weights[implicit]), shape: [1, implicit.count]).matmul(transform).rows[0]
  }
}

extension Tensor {
  /// The rows of a matrix.
  fileprivate var rows: [[Double]] { (0..<shape[0]).map { self[$0].doubles } }
}
