import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

/// f(h) = s(W h + b), with s of slopes in [k_1, 1], and what its contraction is measured by. Its
/// Jacobian is J(h) = diag(s') W, with s' = s'(W h + b); none is ever written out.
///
/// **Rates.** A field with μ(J(h)) ≤ -ρ for all h, where μ is the logarithmic norm of some norm,
/// takes any two trajectories to each other as ||h - h'||(t) ≤ e^{-ρt} ||h - h'||(0) in that norm.
/// Here μ is μ_∞, for the largest norm, or the largest eigenvalue of (J + Jᵀ) / 2, for the
/// Euclidean one.
///
/// **Weights.** With w_i as in `StateCoupling`, row i of μ_∞ is s'_i w_i. If w_i ≤ -ρ / k_1 for all i, it
/// is at most k_1 w_i ≤ -ρ, as w_i is negative and s'_i ≥ k_1, at every h: no Jacobian and no
/// sample of states is needed (Zakwan, Xu, Ferrari-Trecate 2025; their text could not be read, and
/// this is our derivation).
///
/// **By construction.** With a limit for the rows, W is the matrix of free weights with each W_ii
/// lowered as far as its row needs to be within the limit. So the inequality holds for every value of
/// the weights, and every W that satisfies it is reached, by itself.
public struct ContractiveField: CoupledField {
  /// W and b as they learn.
  private let free: any StateCoupling
  /// s.
  public let activation: LeakySoftplus
  /// What no w_i exceeds, whatever the weights; nil where they are as they are.
  public let rowLimit: Double?

  /// Creates a field of a coupling W h + b, its rows held to a limit if there is one.
  public init(_ coupling: any StateCoupling, activation: LeakySoftplus, rowLimit: Double? = nil) {
    free = coupling
    self.activation = activation
    self.rowLimit = rowLimit
  }

  public var state: ModuleState { free.state }

  /// W and b.
  public var coupling: any StateCoupling { rowLimit.map(free.lowered) ?? free }

  /// f(h), [N, d].
  public func callAsFunction(_ h: Tensor) -> Tensor { prepared()(h) }

  public func prepared() -> (Tensor) -> Tensor {
    let coupling = coupling
    return { activation(coupling($0)) }
  }

  /// s'(W h + b), [N, d], recorded.
  public func slopes(at h: Tensor) -> Tensor { activation.slope(coupling(h)) }

  /// s'_i w_i, [N, d], recorded; the largest of a state is μ_∞(J(h)).
  public func logNormRows(at h: Tensor) -> Tensor { slopes(at: h) * coupling.rows }

  /// The largest eigenvalue of (J + Jᵀ) / 2 at states [N, d], [N], recorded: vᵀ J v at its
  /// eigenvector v, which counts as a constant in the derivative, as an eigenvalue's may.
  ///
  /// v is the best in a Krylov space (Lanczos's method), so that the value is at most the true one,
  /// and is the true one from d iterations on. A field is only as contracting as its worst direction,
  /// and the regulariser sees a little less than that.
  ///
  /// - Parameters:
  ///   - iterations: dimension of the Krylov space, two products with W each.
  ///   - generator: of the vectors to begin with.
  public func symmetricLogNorm(
    at h: Tensor, iterations: Int, generator: RandomGenerator
  ) -> Tensor {
    let slopes = slopes(at: h)
    let direction = withoutGradients {
      let slopes = slopes.detached
      return Tensor.leadingEigenvectors(
        of: { v in
          (slopes * coupling.product(v) + coupling.transposedProduct(slopes * v)) * 0.5
        },
        normBound: coupling.symmetricNormBound, iterations: iterations,
        start: generator.normal(h.shape, dtype: h.dtype).to(h.device))
    }
    return (direction * slopes * coupling.product(direction)).sum(along: 1)
  }

  /// ‖J(h)‖_F² at states [N, d], [N], recorded: estimated by random signs, or exact.
  ///
  /// - Parameter probes: how many for each state; 0 takes the unit vectors, d products.
  public func squaredNorm(at h: Tensor, probes: Int, generator: RandomGenerator) -> Tensor {
    let slopes = slopes(at: h)
    let dimension = h.shape[1]
    guard probes > 0 else {
      return slopes.squared.matmul(
        coupling.product(.identity(dimension).like(h)).squared.sum(along: 0).unsqueezed(1)
      ).squeezed(1)
    }
    return HutchinsonEstimate.squaredNorm(
      probes: HutchinsonEstimate.probes(probes, like: h, generator: generator)
    ) { slopes * coupling.product($0) }
  }

  /// An upper bound of μ_∞(J(h)) at every h, from the weights alone; -ρ where the weights satisfy
  /// their inequality for ρ. A row below 0 counts with the least slope, one above with the largest.
  public var logNormBound: Double {
    let largest = withoutGradients { coupling.rowBounds.max().item }
    return largest < 0 ? activation.leastSlope * largest : largest
  }

  /// The factor e^{μT} by which the flow over a time T can stretch distances in the largest norm,
  /// at most: a certificate for every pair of states (of the exact flow; a solver adds its error).
  public func flowLipschitzBound(horizon: Double) -> Double { exp(logNormBound * horizon) }
}

extension ContractiveField: JacobianBounded {
  /// J = diag(s') W with slopes in [k_1, 1]: around their middle times W.
  public var jacobianBall: JacobianBall {
    let weight = coupling.matrix.to(.float64)
    let least = activation.leastSlope
    return JacobianBall(
      center: weight * ((1 + least) / 2),
      radius: (1 - least) / 2 * weight.spectralNormBounds.item)
  }
}

extension ContractiveField: LayeredField {
  /// Of a dense W without limits of its own.
  public var layeredJacobian: LayeredJacobian? {
    guard rowLimit == nil, let dense = coupling as? DenseCoupling else { return nil }
    return LayeredJacobian(
      outer: nil, inner: dense.linear.weight, slopes: activation.leastSlope...1)
  }
}
