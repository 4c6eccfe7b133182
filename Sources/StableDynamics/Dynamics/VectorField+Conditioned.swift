import DifferentialEquations
import Tensors

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
