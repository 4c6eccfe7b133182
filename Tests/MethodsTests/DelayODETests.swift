import DifferentialEquations
import NeuralNetworks
import Settings
import Tensors
import TestSupport
import Testing

@testable import Methods
@testable import StableDynamics

@Suite("Neural delay differential equations")
struct DelayODETests {
  /// The publication's synthetic task in one dimension: x to -x, where trajectories have to cross.
  @Test("Points of a line are exchanged, which no Neural ODE does")
  func reflection() throws {
    let points = Tensor((0..<9).map { Double($0) / 4 - 1 }, shape: [9, 1])
    func loss(_ field: any Module, _ end: @escaping () throws -> Tensor) throws -> Double {
      let adam = Adam(field.state, learningRate: 0.05)
      for _ in 0..<60 {
        let loss = (try end() + points).squared.mean()
        adam.step(gradients: gradient(of: loss, wrt: field.parameters))
      }
      return (try end() + points).squared.mean().item
    }
    let generator = RandomGenerator(seed: 1)
    let delayed = DelayedField(
      dimension: 1, hidden: 16, activation: .tanh, generator: generator, dtype: .float64)
    let found = try loss(delayed) {
      try solve(
        DelayField(delay: 1) { delayed($1, $2) }, history: { _ in points }, at: [0, 1],
        stepsPerDelay: 2
      ).finalState
    }
    #expect(found < 1e-3)
    let plain = PerceptronField(
      dimension: 1, hidden: 16, activation: .tanh, generator: generator, dtype: .float64)
    let kept = try loss(plain) {
      try solve(
        { plain($0) }, from: points, at: [0, 1], method: .classicalRungeKutta,
        steps: .stepsPerInterval(4)
      ).finalState
    }
    // Best of all that keep the order is to send all points to 0.
    #expect(kept > 0.9 * points.squared.mean().item)
  }

  private func model(_ change: (inout DelayODEMethod.Settings) -> Void = { _ in }) throws
    -> HistoryModel<DelayDynamics>
  {
    var settings = DelayODEMethod.defaults(for: pointsInput)
    change(&settings)
    return try #require(
      DelayODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 2), dtype: .float64,
        device: .cpu) as? HistoryModel<DelayDynamics>)
  }

  @Test("A field that ignores the past is the Neural ODE's")
  func withoutDelay() throws {
    let model = try model { $0.stepsPerDelay = 20 }
    let weight = model.dynamics.field.first.weight
    let half = weight.shape[1] / 2
    weight.assign(
      .concatenated(
        [weight.sliced(0..<half, along: 1), .zeros(like: weight.sliced(0..<half, along: 1))],
        along: 1))
    let initial = batch(pointsInput).0.to(.float64)
    let end = try model.dynamics.solution(from: initial, refinement: 1).finalState
    let plain = try solve(
      { model.dynamics.field($0, .zeros(like: $0)) }, from: initial, at: [0, 1],
      steps: .adaptive(1e-10)
    ).finalState
    #expect(largestDifference(end, plain) < 1e-8)
  }

  @Test("Settings that cannot be served together are refused")
  func refusals() throws {
    func refusal(_ change: (inout DelayODEMethod.Settings) -> Void) -> String? {
      let error = #expect(throws: SettingsError.self) { _ = try model(change) }
      return error?.setting
    }
    #expect(refusal { $0.solver = .rk4 } == "solver")
    #expect(
      refusal {
        $0.delay = 1e-4; $0.stepsPerDelay = 100
      } == "stepsPerDelay")
  }
}
