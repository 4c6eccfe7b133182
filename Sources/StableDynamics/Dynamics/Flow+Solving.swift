import DifferentialEquations
import Tensors

extension Flow {
  /// The trajectory at t_0, ..., t_Γ as training sees it: recorded, at the training tolerance, one
  /// step size for the batch; only its ends if it is not sampled.
  ///
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func training(
    of field: VectorField, from initial: Tensor, isSampled: Bool = true,
    gradients: GradientMode = .direct
  ) throws -> Solution {
    try training(
      of: field, from: initial, times: isSampled ? times : [0, settings.horizon],
      gradients: gradients)
  }

  /// The same at any times.
  ///
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func training(
    of field: VectorField, from initial: Tensor, times: [Double],
    gradients: GradientMode = .direct
  ) throws -> Solution {
    try advising(tolerance: "trainingTolerance") {
      try solve(
        field, from: initial, at: times, method: settings.solver.method,
        steps: steps(settings.trainingTolerance, norm: .perBatch), gradients: gradients)
    }
  }

  /// The solution in use, recorded where its tensors are.
  ///
  /// - Parameter times: from 0 on; [0, T] where omitted.
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func solution(
    of field: VectorField, from initial: Tensor, times: [Double]? = nil
  ) throws -> Solution {
    try advising(tolerance: "tolerance") {
      try solve(
        field, from: initial, at: times ?? [0, settings.horizon], method: settings.solver.method,
        steps: steps(settings.tolerance, norm: settings.errorNorm))
    }
  }

  /// The states after a long time, by fixed steps, which no stiff corner of a grid can stall.
  ///
  /// - Throws: `IntegrationFailure`.
  public func settled(
    of field: VectorField, from initial: Tensor, horizon: Double
  ) throws -> Tensor {
    try advising {
      try solve(
        field, from: initial, at: [0, horizon], method: .classicalRungeKutta,
        steps: .stepSize(0.05)
      ).finalState
    }
  }

  private func steps(_ tolerance: Double, norm: ErrorNorm) -> StepControl {
    if settings.solver.isAdaptive { return .adaptive(tolerance, norm: norm) }
    // By size, so that times beyond T are reached with the steps that lead to T.
    return .stepSize(fixedStep)
  }

  /// The number of steps from 0 to T of solvers of fixed step.
  var fixedStepCount: Double { Double(settings.intervals) * Double(settings.stepsPerInterval) }

  /// Their length.
  package var fixedStep: Double { settings.horizon / fixedStepCount }
}

// The same for fields f(h), which most are.
extension Flow {
  /// The recorded trajectory of f(h) at t_0, ..., t_Γ, or only its ends if it is not sampled.
  ///
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func training(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, isSampled: Bool = true
  ) throws -> Solution {
    try training(of: .autonomous(field), from: initial, isSampled: isSampled)
  }

  /// The states at any times in use, [times, N, d].
  ///
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func trajectory(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, times: [Double]
  ) throws -> Tensor {
    try solution(of: .autonomous(field), from: initial, times: times).states
  }

  /// The states [N, d] of f(h) after a long time, by fixed steps.
  ///
  /// - Throws: `IntegrationFailure`.
  public func settled(
    of field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, horizon: Double
  ) throws -> Tensor {
    try settled(of: .autonomous(field), from: initial, horizon: horizon)
  }
}

extension IntegrationFailure {
  /// How the remedies of a failed solution are done that no setting of a solver is about.
  package static let fieldAdvice: [Remedy: String] = [
    .boundField: "keep the weights of the field small (--set training.weightDecay)",
    .checkInitialState: "check the images and the weights of the features",
    .checkField: "check the weights (a training that diverged leaves NaN there)",
  ]
}

extension Flow {
  /// How the remedies of a failed solution are done by the settings of the model.
  ///
  /// - Parameter tolerance: the setting of the tolerance that the solver had.
  package func advice(tolerance: String) -> [IntegrationFailure.Remedy: String] {
    func set(_ assignment: String) -> String { "(--set model.\(path).\(assignment))" }
    return [
      .loosenTolerance: "loosen the tolerance \(set(tolerance))",
      .takeFixedSteps: "take fixed steps \(set("solver=\(Solver.rk4.rawValue)"))",
      .takeSmallerSteps: "take smaller steps \(set("stepsPerInterval"))",
      .letErrorChooseSteps:
        "let the error choose the steps \(set("solver=\(Solver.dopri5.rawValue)"))",
      .endEarlier: "end at an earlier time \(set("horizon"))",
    ].merging(IntegrationFailure.fieldAdvice) { $1 }
  }

  /// Runs `body`, whose failures say what the settings can do: those of the solver too where it has
  /// them, with that `tolerance`.
  func advising<Result>(tolerance: String? = nil, _ body: () throws -> Result) throws -> Result {
    try IntegrationFailure.advising(
      tolerance.map(advice) ?? IntegrationFailure.fieldAdvice, body)
  }
}
