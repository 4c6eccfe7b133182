import DifferentialEquations
import Foundation
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("The field W₂ tanh(W₀ h + b₀) + b₂")
struct TanhFieldTests {
  private func field(_ seed: UInt64, _ dtype: DType) -> TanhField {
    TanhField(dimension: 5, hidden: 19, generator: RandomGenerator(seed: seed), dtype: dtype)
  }

  @Test("Its value is the formula's, written out")
  func formula() {
    let field = field(0, .float64)
    let weights = field.state.tensors.mapValues(\.doubles)
    /// Row by row, W x + b.
    func layer(_ name: String, _ x: [Double]) -> [Double] {
      let (weight, bias) = (weights["\(name).weight"]!, weights["\(name).bias"]!)
      return bias.indices.map { row in
        x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] }
      }
    }
    let h = [0.3, -1.0, 2.0, 0.0, -0.5]
    let expected = layer("2", layer("0", h).map { Foundation.tanh($0) })
    let found = field(Tensor(h, shape: [1, 5]))
    #expect(largestDifference(found, Tensor(expected, shape: [1, 5])) <= 1e-14)
  }

  @Test(
    "The fused pass and its gradients are those of recorded operations",
    arguments: [(DType.float64, 1e-13), (.float32, 2e-6)], 0..<3 as Range<UInt64>)
  func fused(_ precision: (dtype: DType, tolerance: Double), _ seed: UInt64) {
    let field = field(seed, precision.dtype)
    let generator = RandomGenerator(seed: seed, keys: 1)
    let h = generator.normal([11, 5], deviation: 2, dtype: precision.dtype).differentiable()
    let upstream = generator.normal([11, 5], dtype: precision.dtype)
    let (fused, plain) = (field(h), field.secondOrder(h))
    #expect(relativeError(fused, plain) <= precision.tolerance)
    let inputs = [h] + field.parameters
    #expect(inputs.count == 5)
    let expected = gradient(of: plain, wrt: inputs, seed: upstream)
    for (a, b) in zip(gradient(of: fused, wrt: inputs, seed: upstream), expected) {
      #expect(b.norm.item > 0)
      #expect(relativeError(a, b) <= precision.tolerance)
    }
  }

  @Test(
    "Steps taken as a whole are those of one stage after the other, with their derivatives",
    arguments: ButcherTableau.all, [StepControl.adaptive(1e-3), .adaptive(1e-3, norm: .perSample)])
  func wholeSteps(_ method: ButcherTableau, _ adaptive: StepControl) throws {
    let field = field(7, .float64)
    // From slow to so fast that some rows, and not others, have steps rejected.
    let scales = Tensor((0..<7).map { pow(3, Double($0) - 3) }, shape: [7, 1])
    let initial = RandomGenerator(seed: 7).normal([7, 5], dtype: .float64) * scales
    var steps = method.isAdaptive ? adaptive : .stepsPerInterval(3)
    if method.isAdaptive, case .adaptive(var choice) = adaptive {
      choice.firstStep = 1.5
      steps = .adaptive(choice)
    }
    func solved(_ vectorField: VectorField) throws -> (Solution, [Tensor]) {
      let leaf = initial.differentiable()
      let solution = try solve(
        vectorField, from: leaf, at: [0, 0.7, 2], method: method, steps: steps)
      let loss = solution.states[1].sum() + solution.finalState.squared.sum()
      return (solution, gradient(of: loss, wrt: [leaf] + field.parameters))
    }
    guard case .staged = field.preparedForSolver() else {
      Issue.record("not prepared for whole steps")
      return
    }
    let (whole, found) = try solved(field.preparedForSolver())
    let (single, expected) = try solved(.autonomous { field($0) })
    // An error estimate that is itself rounding moves step sizes, and they the states, a little.
    #expect(relativeError(whole.states, single.states) <= 1e-10)
    #expect(whole.statistics.acceptedSteps == single.statistics.acceptedSteps)
    #expect(whole.statistics.rejectedSteps == single.statistics.rejectedSteps)
    for (a, b) in zip(found, expected) { #expect(relativeError(a, b) <= 1e-7) }
  }

  @Test("Its Jacobian is what central differences find")
  func differences() {
    let field = field(3, .float64)
    let generator = RandomGenerator(seed: 3, keys: 1)
    let h = generator.normal([2, 5], dtype: .float64)
    let upstream = generator.normal([2, 5], dtype: .float64)
    let leaf = h.differentiable()
    let found = gradient(of: field(leaf), wrt: [leaf], seed: upstream)[0]
    let expected = centralDifferences(at: h) { (field($0) * upstream).sum().item }
    #expect(relativeError(found, expected) <= 1e-8)
  }

  @Test("The plain form is differentiable twice")
  func secondOrder() {
    let field = field(4, .float64)
    let h = RandomGenerator(seed: 4).normal([1, 5], dtype: .float64)
    func slope(_ x: Tensor, recording: Bool) -> (leaf: Tensor, slope: Tensor) {
      let leaf = x.differentiable()
      let value = field.secondOrder(leaf).sum()
      return (leaf, gradient(of: value, wrt: [leaf], recording: recording)[0])
    }
    let (leaf, first) = slope(h, recording: true)
    let found = gradient(of: first.squared.sum(), wrt: [leaf])[0]
    let expected = centralDifferences(at: h) {
      slope($0, recording: false).slope.squared.sum().item
    }
    #expect(relativeError(found, expected) <= 1e-7)
  }

  @Test("Nothing is recorded where nothing asks for it, and weights alone can be differentiated")
  func selective() {
    let field = field(5, .float64)
    let h = RandomGenerator(seed: 5).normal([3, 5], dtype: .float64)
    #expect(!withoutGradients { field(h) }.requiresGradient)
    let weight = field.state.tensors["0.weight"]!
    let found = gradient(of: field(h).sum(), wrt: [weight])[0]
    let expected = gradient(of: field.secondOrder(h).sum(), wrt: [weight])[0]
    #expect(relativeError(found, expected) <= 1e-13)
  }
}
