import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

/// A field that contracts in the Euclidean norm for every value of its parameters,
///
///     f(h) = -ρ h - κ Wᵀ T⁻¹ s(W h + b),   T_i = Σ_j |W Wᵀ|_ij q_j / q_i,
///
/// with s of slopes in [0, 1]: -ρ h minus the gradient of a convex function. W is dense or a
/// convolution, and Wᵀ then the transposed one; the scales q > 0 learn too.
///
/// **Proof.** The Jacobian is J = -ρ I - κ Wᵀ T⁻¹ D W with D = diag(s') in [0, 1]. As T - W Wᵀ has no
/// negative eigenvalue (diagonal dominance, with the scales), T^(-1/2) W has a norm of at most 1, and
/// 0 ≤ Wᵀ T^(-1/2) D T^(-1/2) W ≤ I. So J is symmetric with all eigenvalues in [-(ρ + κ), -ρ]: the
/// circle condition with α = ρ and β = ρ + κ. Exact trajectories approach each other at least as
/// e^(-ρt), and do not separate for ρ = 0; for steps h of a solver with h (2ρ + κ) ≤ 2 (`euler`, `heun`,
/// `rk4`) each step shrinks distances by |R(-hρ)|, and by nothing for ρ = 0, as
/// `ButcherTableau.stepBound` finds.
///
/// Where a step of Euler's method is the layer h - 2 Wᵀ T⁻¹ ReLU(W h + b), for ρ = 0, κ h = 2 and this
/// T, it is that of Araujo, Havens, Delattre, Allauzen, Hu 2023 ("A Unified Algebraic Perspective on
/// Lipschitz Neural Networks"); that the flow is one by a convex potential is in Meunier et al. 2022.
public struct GradientField: CoupledField, CircleBounded {
  public let coupling: any StateCoupling
  /// ln q, one for each group of rows that shares its weights.
  let logScales: Tensor
  /// s, of slopes in [0, 1].
  public let activation: LeakySoftplus
  /// ρ.
  public let rate: Double
  /// κ.
  public let speed: Double

  /// Creates a field with all scales q at 1.
  ///
  /// - Parameters:
  ///   - rate: ρ ≥ 0, at which trajectories approach each other.
  ///   - speed: κ > 0.
  public init(_ coupling: any StateCoupling, activation: LeakySoftplus, rate: Double, speed: Double)
  {
    self.coupling = coupling
    logScales = Tensor.zeros(like: coupling.rowBounds.detached).differentiable()
    self.activation = activation
    self.rate = rate
    self.speed = speed
  }

  public var state: ModuleState {
    coupling.state + ModuleState(parameters: ["logScales": logScales])
  }

  /// T_i of every component of the state, [d] in float64, recorded. (A W of zeros has a T above 0.)
  public var gramBounds: Tensor { coupling.gramBounds(scales: logScales.exp).maximum(1e-24) }

  /// f(h), [N, d].
  public func callAsFunction(_ h: Tensor) -> Tensor { prepared()(h) }

  public func prepared() -> (Tensor) -> Tensor {
    let strengths = (speed / gramBounds).to(logScales.dtype)
    return { h in
      let velocity = coupling.transposedProduct(activation(coupling(h)) * strengths)
      return (h * -rate).adding([velocity], weights: [-1])
    }
  }

  /// κ / T is rounded to the weights' type, and counts with what that may have added.
  public var circles: [CircleCondition] {
    [CircleCondition(rate: rate, speed: rate + speed * (1 + 1e-6))]
  }

  /// e^(-ρT), in the Euclidean norm.
  public func flowLipschitzBound(horizon: Double) -> Double { exp(-rate * horizon) }
}

/// A smooth leaky ReLU (Zakwan, Xu, Ferrari-Trecate 2025, from their code),
///
///     s(x) = a x + (1 - a) ln(1 + e^x),   s'(x) = a + (1 - a) σ(x),
///
/// whose slopes lie in (a, 1): the slope restriction that their weight regulariser needs, with
/// k_1 = a. (Their code writes ln(1 + e^x) out, which overflows from x = 88 on, and counts on
/// k_1 = 0.1 with a = 0.001, so that its inequality promises a hundred times too much.)
public struct LeakySoftplus: Sendable, Hashable {
  /// a = k_1, in (0, 1].
  public let leastSlope: Double

  /// Creates the function of a least slope a in (0, 1].
  public init(leastSlope: Double) { self.leastSlope = leastSlope }

  /// s(x), elementwise, recorded.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x * leastSlope).adding([x.softplus], weights: [1 - leastSlope])
  }

  /// s'(x), elementwise, recorded.
  public func slope(_ x: Tensor) -> Tensor { x.sigmoid * (1 - leastSlope) + leastSlope }
}
