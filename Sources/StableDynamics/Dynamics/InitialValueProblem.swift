import DifferentialEquations
import Tensors

/// What a model's differential equation is for some images: its field, and where it starts.
public struct InitialValueProblem {
  /// f, possibly with a field of its own for each image.
  public let field: VectorField
  /// h(0), [N, d].
  public let initialState: Tensor

  /// Creates the problem dh/dt = f(h), h(0) given.
  public init(field: VectorField, from initialState: Tensor) {
    self.field = field
    self.initialState = initialState
  }
}

extension Flow {
  /// The solution in use, from h(0) to h(T).
  ///
  /// - Throws: `IntegrationFailure`, which names the settings that may help.
  public func solution(of problem: InitialValueProblem) throws -> Solution {
    try solution(of: problem.field, from: problem.initialState)
  }

  /// h(T) by another solver than the one in use.
  ///
  /// - Throws: `IntegrationFailure`.
  public func finalState(
    of problem: InitialValueProblem, by variant: SolverVariant
  ) throws -> Tensor {
    try advising {
      try solve(
        problem.field, from: problem.initialState, at: [0, settings.horizon],
        method: variant.method, steps: variant.steps
      ).finalState
    }
  }
}

extension VectorField {
  /// A field f(h; c) with a row of `context` for each of the initial samples, [N, ...]. Rows are chosen
  /// anew only where samples drop out.
  package static func conditioned(
    on context: Tensor, _ field: @escaping (_ state: Tensor, _ context: Tensor) throws -> Tensor
  ) -> VectorField {
    var current = (rows: [Int]?.none, context: context)
    return .conditioned { state, rows in
      if rows != current.rows {
        current = (
          rows,
          rows.map { context.selecting(Tensor($0.map(Int64.init), device: context.device)) }
            ?? context
        )
      }
      return try field(state, current.context)
    }
  }
}
