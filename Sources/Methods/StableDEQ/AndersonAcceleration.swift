import Tensors

/// Anderson's acceleration (1965) of the iteration z ← g(z), row by row: with the last m states z_i and their
/// residuals r_i = g(z_i) - z_i, the next state is
///
///     z = Σ α_i g(z_i),   α = argmin ‖Σ α_i r_i‖²,   Σ α_i = 1.
///
/// Rows know nothing of each other, so that a result does not depend on batch-mates but for rounding: each has
/// its own α, and stays where it is once its residual is small enough.
struct AndersonAcceleration: Sendable {
  /// m.
  var memory = 5
  /// Evaluations of g at most.
  var iterations = 30
  /// The residual relative to the state, or to 1 where that is shorter, at which a row stays.
  var tolerance = 1e-4

  /// What α is regularised by, relative to the squared residuals.
  private static let regularization = 1e-10

  /// A fixed point of g for each row, or the states of least residual that were met; unrecorded.
  ///
  /// - Parameters:
  ///   - start: [N, d].
  ///   - map: g, row by row.
  func callAsFunction(from start: Tensor, _ map: (Tensor) -> Tensor) -> Tensor {
    withoutGradients {
      var state = start.detached
      var best = (state: state, residual: Tensor.full(.infinity, [state.shape[0], 1]).like(state))
      var limit = Tensor.zeros(like: best.residual)
      var history: [(image: Tensor, residual: Tensor)] = []
      for iteration in 1...iterations {
        let image = map(state)
        let residual = image - state
        let size = residual.norm(along: 1, keeping: true)
        let isBetter = (size .< best.residual) .& (best.residual .> limit)
        best = (
          Tensor.select(isBetter, state, best.state), Tensor.select(isBetter, size, best.residual)
        )
        limit = best.state.norm(along: 1, keeping: true).maximum(1) * tolerance
        if iteration == iterations || (best.residual .<= limit).all().isTrue { break }
        history = (history + [(image, residual)]).suffix(memory)
        state = combination(history)
      }
      return best.state
    }
  }

  /// Σ α_i g(z_i). Residuals are scaled to length 1, where the small ones of late states count as much as
  /// the large ones before.
  private func combination(_ history: [(image: Tensor, residual: Tensor)]) -> Tensor {
    let residuals = Tensor.stacked(history.map { $0.residual.to(.float64) }, along: 1)
    let lengths = residuals.norm(along: 2, keeping: true).maximum(1e-30)
    let units = residuals / lengths
    let gram =
      units.matmul(units.transposed)
      + Tensor.identity(history.count, dtype: .float64, device: units.device)
      * Self.regularization
    let weights = gram.solution(lengths.reciprocal) / lengths
    let shares = (weights / weights.sum(along: 1, keeping: true)).like(history[0].image)
    return (Tensor.stacked(history.map(\.image), along: 1) * shares).sum(along: 1)
  }
}
