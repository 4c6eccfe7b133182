import DifferentialEquations
import Tensors
import Testing

@Suite("Checkpointed gradients")
struct CheckpointTests {
  private let weight = RandomGenerator(seed: 1).normal([5, 5], deviation: 0.5, dtype: .float64)
  private let initial = RandomGenerator(seed: 2).normal([4, 5], dtype: .float64)
  private let weights = RandomGenerator(seed: 3).normal([4, 4, 5], dtype: .float64)
  private let times = [0, 0.35, 1.1, 4]

  private func slopes(
    _ method: ButcherTableau, _ steps: StepControl, isCheckpointed: Bool
  ) throws -> (states: Tensor, slopes: [Tensor], evaluations: Int) {
    let (w, y) = (weight.differentiable(), initial.differentiable())
    // A tensor that is computed before the solution and is no leaf of the graph.
    let doubled = w * 2
    let solution = try solve(
      { t, y in (y.matmul(doubled).tanh - y * 0.1) * (1 + t) }, from: y, at: times, method: method,
      steps: steps, gradients: isCheckpointed ? .checkpointed(parameters: [doubled]) : .direct)
    let found = gradient(of: (solution.states * weights).sum(), wrt: [y, w])
    return (solution.states, found, solution.statistics.evaluations)
  }

  @Test(
    "Values and derivatives are those of the direct mode, whatever the steps",
    arguments: [
      (ButcherTableau.dormandPrince, StepControl.adaptive(1e-3)),
      (.dormandPrince, .adaptive(1e-9)), (.dormandPrince8, .adaptive(1e-10)),
      (.classicalRungeKutta, .stepSize(0.01)), (.euler, .stepsPerInterval(1)),
      (.heun, .stepsPerInterval(7)),
      (.heun, .fixedSequence(.shared([0.35, 0.75, 2.9]))),
      (.dormandPrince, .fixedSequence(.shared([0.5, 0.5, 1, 1, 1, 1]))),
    ])
  func exactness(_ method: ButcherTableau, _ steps: StepControl) throws {
    let direct = try slopes(method, steps, isCheckpointed: false)
    let found = try slopes(method, steps, isCheckpointed: true)
    #expect(found.states.bytes == direct.states.bytes && found.evaluations == direct.evaluations)
    for (a, b) in zip(found.slopes, direct.slopes) {
      #expect((a - b).magnitude.max().item <= 1e-10 * (1 + b.magnitude.max().item))
      #expect(b.norm.item > 0.1)
    }
  }

  @Test(
    "Tensors that the field does not use have derivatives 0, and none are wanted where none count")
  func unused() throws {
    let y = initial.differentiable()
    let idle = weight.differentiable()
    let solution = try solve(
      { y in -y }, from: y, at: [0, 1], gradients: .checkpointed(parameters: [idle]))
    let slopes = gradient(
      of: solution.finalState.sum(), wrt: [y, idle], retaining: true)
    #expect(slopes[1].magnitude.max().item == 0 && slopes[0].norm.item > 0.1)
    let plain = try withoutGradients {
      try solve({ y in -y }, from: y, at: [0, 1], gradients: .checkpointed(parameters: []))
    }
    #expect(!plain.states.requiresGradient)
    let first = gradient(of: solution.states[0].sum(), wrt: [y])[0]
    #expect(first.doubles.allSatisfy { $0 == 1 })
  }

  @Test("Steps of each sample's own are refused")
  func refusal() {
    #expect(throws: ProblemError.checkpointsOfSamples) {
      _ = try solve(
        { y in -y }, from: initial, at: [0, 1], steps: .adaptive(1e-3, norm: .perSample),
        gradients: .checkpointed(parameters: []))
    }
  }
}
