import Foundation
import Tensors

extension RungeKutta {
  /// The size of the first step, at the price of one evaluation: such that an Euler step would
  /// change the derivative by about the tolerance (Hairer, Nørsett, Wanner, II.4, "Starting step
  /// size"; torchdiffeq 0.2.5 takes the order p - 1, so do we).
  ///
  /// - Parameter direction: 1, or -1 backwards in time; the sign of the result.
  func firstStep(
    from state: Tensor, derivative: Tensor, at time: PerRow<Double>, direction: Double,
    tolerance: Tolerance
  ) throws -> PerRow<Double> {
    try withoutGradients {
      let rows = if case .rows(let times) = time { times.count } else { 1 }
      func norms(_ terms: [Tensor], _ weights: [Double]) -> [Double] {
        let norms = Tensor.scaledNorms(
          of: terms, weights: weights, from: state, to: state, absolute: tolerance.absolute,
          relative: tolerance.relative, rows: rows)
        return if case .shared = time { norms.map(BatchShard.overBatch) } else { norms }
      }
      func perRow(_ values: [Double]) -> PerRow<Double> {
        if case .rows = time { .rows(values) } else { .shared(values[0]) }
      }
      let position = norms([state], [1])
      let speed = norms([derivative], [1])
      let trial = zip(position, speed).map { d0, d1 in
        d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1
      }
      let signed = trial.map { direction * $0 }
      let ahead = state.advanced(along: [derivative], weights: [1], by: perRow(signed))
      let later: PerRow<Double> =
        switch time {
        case .shared(let t): .shared(t + signed[0])
        case .rows(let times): .rows(zip(times, signed).map { $0 + $1 })
        }
      let changed = norms([try field(later, ahead), derivative], [1, -1])
      return perRow(
        (0..<rows).map { row in
          let h0 = trial[row]
          let bend = changed[row] / h0
          guard bend.isFinite else { return direction * h0 }
          let steepest = max(speed[row], bend)
          let h1 =
            steepest <= 1e-15
            ? max(1e-6, h0 * 1e-3) : pow(0.01 / steepest, 1 / Double(tableau.order))
          return direction * min(100 * h0, h1)
        })
    }
  }
}
