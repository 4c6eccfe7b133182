import DifferentialEquations
import Foundation
import NeuralNetworks
import Settings
import Tensors

extension Flow {
  /// An upper bound of the Lipschitz constant of the map from h(0) to h(T) as the solver computes
  /// it, on its fixed grid: a power of that of one step.
  ///
  /// - Throws: `SettingsError` for a solver that chooses its steps by their error: whether a step is
  ///   accepted changes from one state to the next, and the result jumps there.
  public func lipschitzBound(_ jacobians: JacobianBall) throws -> Double {
    try requireFixedSteps(for: "a Lipschitz bound", because: "make the result jump")
    return pow(settings.solver.method.stepBound(jacobians, size: fixedStep), fixedStepCount)
  }

  /// The same for a field that satisfies a circle condition, in the Euclidean norm.
  ///
  /// - Throws: `SettingsError` unless the solver's steps are of one length.
  public func lipschitzBound(_ circle: CircleCondition) throws -> Double {
    try requireFixedSteps(for: "a Lipschitz bound", because: "make the result jump")
    return circle.distortion
      * pow(settings.solver.method.stepBound(circle, size: fixedStep), fixedStepCount)
  }

  /// - Parameters:
  ///   - purpose: what adaptive steps cannot serve, and why, what they do.
  /// - Throws: `SettingsError` unless the solver's steps are of one length.
  public func requireFixedSteps(
    for purpose: String, because reason: String
  ) throws(SettingsError) {
    guard !settings.solver.isAdaptive else {
      throw SettingsError(
        setting: "\(path).solver",
        expected:
          "\(ButcherTableau.names(isAdaptive: false)) for \(purpose), as steps chosen "
          + "by their error \(reason) (train or open the run with --set)",
        found: settings.solver.rawValue)
    }
  }
}

extension ButcherTableau {
  /// An upper bound of the Lipschitz constant of one step of length h, for a field with Jacobians in
  /// a ball around C of radius ρ.
  ///
  /// Two steps from states that differ by δ have stages that differ by
  ///
  ///     δk_i = (C + E_i)(δ + h Σ_j a_ij δk_j),   ‖E_i‖ ≤ ρ.
  ///
  /// With all E = 0 they are K_i δ, polynomials K_i = C (I + h Σ_j a_ij K_j) of C, and the step's
  /// difference is R(hC) δ with the method's stability function R. By induction δk_i is within ε_i ‖δ‖
  /// of K_i δ, where
  ///
  ///     ε_i = ρ ‖I + h Σ_j a_ij K_j‖ + (‖C‖ + ρ) h Σ_j |a_ij| ε_j,
  ///
  /// so the constant is at most ‖R(hC)‖ + h Σ_i |b_i| ε_i. It is exact for linear fields (ρ = 0), and
  /// for a contracting C it is below 1 as far as ρ allows.
  func stepBound(_ jacobians: JacobianBall, size h: Double) -> Double {
    let c = jacobians.center
    let identity = Tensor.identity(c.shape[0], dtype: .float64, device: c.device)
    let normBound = jacobians.normBound
    var stages: [Tensor] = []
    var deviations: [Double] = []
    for row in coefficients {
      let point = identity.adding(stages, weights: row.map { $0 * h })
      let inherited = zip(row, deviations).reduce(0) { $0 + abs($1.0) * $1.1 }
      deviations.append(
        jacobians.radius * point.spectralNormBounds.item + normBound * h * inherited)
      stages.append(c.matmul(point))
    }
    let linear = identity.adding(stages, weights: weights.map { $0 * h })
    let rest = zip(weights, deviations).reduce(0) { $0 + abs($1.0) * $1.1 }
    return linear.spectralNormBounds.item + h * rest
  }
}
