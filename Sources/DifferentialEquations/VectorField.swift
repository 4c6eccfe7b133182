import Tensors

/// The right-hand side f of dy/dt = f(t, y). States have the samples along their first axis, and
/// the derivative has the state's shape and element type.
public enum VectorField {
  /// f(y), independent of time.
  case autonomous((Tensor) throws -> Tensor)
  /// f(y), independent of time, that takes all stages of an explicit step together.
  case staged(any StagedField)
  /// f(t, y). Where samples have their own times (`ErrorNorm.perSample`), it is called for one
  /// sample at a time.
  case timed((Double, Tensor) throws -> Tensor)
  /// f(y; sample), independent of time, where each sample has a field of its own: `rows` says which
  /// of the initial samples the rows of `state` are, and is nil where they are all of them in order.
  /// (Where samples have their own steps, many that have arrived drop out.)
  case conditioned((_ state: Tensor, _ rows: [Int]?) throws -> Tensor)
}

/// A field that counts its evaluations.
final class CountedField {
  let field: VectorField
  /// Calls of the field; a Jacobian counts as one more for each of its rows.
  var evaluations = 0
  /// The samples of the rows that it is evaluated for; nil for all of them.
  var rows: [Int]?

  init(_ field: VectorField) { self.field = field }

  /// f at one time for all rows, or at the time of each row.
  func callAsFunction(_ time: PerRow<Double>, _ state: Tensor) throws -> Tensor {
    evaluations += 1
    let derivative =
      switch (field, time) {
      case (.autonomous(let f), _): try f(state)
      case (.staged(let f), _): try f(state)
      case (.conditioned(let f), _): try f(state, rows)
      case (.timed(let f), .shared(let time)): try f(time, state)
      case (.timed(let f), .rows(let times)):
        Tensor.concatenated(
          try times.enumerated().map { row, time in
            try f(time, state.sliced(row..<row + 1))
          })
      }
    precondition(
      evaluations > 1 || (derivative.shape == state.shape && derivative.dtype == state.dtype),
      "the field maps \(state.dtype) \(state.shape) to \(derivative.dtype) \(derivative.shape): "
        + "a derivative has the shape and element type of the state")
    return derivative
  }
}
