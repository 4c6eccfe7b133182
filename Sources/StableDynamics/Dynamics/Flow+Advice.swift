import DifferentialEquations

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
