import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// Learns the field of a system from trajectories that are seen with noise, at equal times, as a Neural ODE does: from
/// each sample through a solver to the next few,
///
///     L = mean |x̂_{i+k} - x_{i+k}|²,   k = 1 ... 4,
///
/// and, where derivatives D of the samples are at hand, from these too, w Δ² mean |f(x_i) - D_i|² for samples Δ
/// apart, so that both parts are squares of lengths (the NDO-NODE of Gong et al. 2021).
struct FieldFit {
  /// [M, T, d] in float64.
  let observations: Tensor
  /// Δ.
  let spacing: Double
  /// w.
  let weight: Double
  /// Of Adam, with 128 samples each.
  let steps: Int
  let seed: UInt64

  /// Samples ahead.
  private static let reach = 4

  /// A network with tanh that has learned.
  ///
  /// - Parameter derivatives: D, [M, T, d]; nil without.
  /// - Throws: `IntegrationFailure` if a step of learning leads to a field that cannot be solved.
  func field(derivatives: Tensor?) throws -> TanhField {
    let (times, dimension) = (observations.shape[1], observations.shape[2])
    let generator = RandomGenerator(seed: seed, keys: 2)
    let field = TanhField(
      dimension: dimension, hidden: 64, generator: generator, dtype: .float64)
    func flat(_ tensor: Tensor, from start: Int = 0, count: Int) -> Tensor {
      tensor.sliced(start..<start + count, along: 1).reshaped([-1, dimension])
    }
    let starts = times - Self.reach
    let seen = Tensor.stacked(
      (0...Self.reach).map { flat(observations, from: $0, count: starts) })
    let places = flat(observations, count: times)
    let slopes = derivatives.map { flat($0, count: times) }
    let optimizer = Adam(field.state)
    func drawn(of count: Int) -> Tensor {
      generator.permutation(count).sliced(0..<min(128, count))
    }
    for step in 0..<steps {
      let rows = drawn(of: seen.shape[1])
      var loss = try trajectoryLoss(of: field, on: seen.selecting(rows, along: 1))
      if let slopes {
        let rows = drawn(of: places.shape[0])
        let error = (field(places.selecting(rows)) - slopes.selecting(rows)).squared.mean()
        loss = loss + error * (weight * spacing * spacing)
      }
      optimizer.learningRate = 1e-2 * (1 - Double(step) / Double(steps))
      optimizer.step(gradients: gradient(of: loss, wrt: field.parameters))
    }
    return field
  }

  /// - Parameter seen: states at a time and at the next ones, [1 + reach, N, d].
  private func trajectoryLoss(of field: TanhField, on seen: Tensor) throws -> Tensor {
    let times = (0...Self.reach).map { Double($0) * spacing }
    let states = try solve(
      { field($0) }, from: seen[0], at: times, method: .classicalRungeKutta,
      steps: .stepSize(spacing)
    ).states
    return (states - seen).squared.sliced(1..<1 + Self.reach).mean()
  }
}
