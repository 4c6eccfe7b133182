import DifferentialEquations
import Tensors

extension Flow {
  /// The trajectory at t_0, ..., t_Γ as training sees it: recorded, at the training tolerance, one
  /// step size for the batch; only its ends if it is not sampled.
  public func training(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, isSampled: Bool = true
  ) throws -> Solution {
    try solve(
      field, from: initial, at: isSampled ? times : [0, settings.horizon],
      method: settings.solver.method,
      steps: steps(settings.trainingTolerance, norm: .perBatch))
  }

  /// h(T) in use, recorded where its tensors are.
  public func end(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor
  ) throws -> Tensor {
    try trajectory(of: field, from: initial, times: [0, settings.horizon])[1]
  }

  /// The states at any times in use, [times, N, d].
  public func trajectory(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, times: [Double]
  ) throws -> Tensor {
    try solve(
      field, from: initial, at: times, method: settings.solver.method,
      steps: steps(settings.tolerance, norm: settings.errorNorm)
    ).states
  }

  /// The states after a long time, by fixed steps, which no stiff corner of a grid can stall.
  public func settled(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, horizon: Double
  ) throws -> Tensor {
    try solve(
      field, from: initial, at: [0, horizon], method: .classicalRungeKutta, steps: .stepSize(0.05)
    ).finalState
  }

  private func steps(_ tolerance: Double, norm: ErrorNorm) -> StepControl {
    if settings.solver.isAdaptive { return .adaptive(tolerance, norm: norm) }
    // By size, so that times beyond T are reached with the steps that lead to T.
    return .stepSize(
      settings.horizon / Double(settings.intervals * settings.stepsPerInterval))
  }
}

extension Flow.Solver {
  var method: ButcherTableau {
    switch self {
    case .dopri5: .dormandPrince
    case .euler: .euler
    case .midpoint: .midpoint
    case .rk4: .classicalRungeKutta
    }
  }

  var isAdaptive: Bool { self == .dopri5 }
}
