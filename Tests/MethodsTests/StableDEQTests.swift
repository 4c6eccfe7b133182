import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@testable import Methods

@Suite("Stabilised deep equilibrium models")
struct StableDEQTests {
  private func map(_ dimension: Int, gain: Double = 0.9, tolerance: Double = 1e-4) -> EquilibriumMap
  {
    EquilibriumMap(
      dimension: dimension, gain: gain, acceleration: .init(tolerance: tolerance),
      generator: RandomGenerator(seed: 1), dtype: .float64)
  }

  private func inputs(_ count: Int, _ dimension: Int) -> Tensor {
    RandomGenerator(seed: 2).normal([count, dimension], dtype: .float64)
  }

  @Test("A linear map's fixed point is that of the linear system, in as many steps as dimensions")
  func linear() {
    // Of norm 4: the plain iteration would run away.
    let matrix = RandomGenerator(seed: 3).normal([4, 4], dtype: .float64)
    let right = inputs(6, 4)
    let found = AndersonAcceleration(memory: 6, iterations: 12, tolerance: 1e-12)(
      from: .zeros([6, 4], dtype: .float64)
    ) { $0.linear(weight: matrix) + right }
    let expected = (Tensor.identity(4, dtype: .float64) - matrix)
      .solution(right.transposed).transposed
    #expect(largestDifference(found, expected) < 1e-8)
  }

  @Test("The residual is rounding, and W as long as it may be", arguments: [0.5, 0.9, 0.99])
  func residual(gain: Double) {
    let map = map(40, gain: gain)
    map.weight.assign(map.weight.detached * 50)
    map.restoreConstraints()
    #expect(abs(map.weight.spectralNormBounds.item - gain) < 1e-6)
    let c = inputs(50, 40)
    let z = map.fixedPoint(c)
    #expect(largestDifference(map(z, input: c), z) < 1e-7)
    // Not by the last step alone.
    #expect(largestDifference(map(.zeros(like: z), input: c), z) > 0.1)
  }

  @Test("Derivatives are those of the implicit function theorem, by finite differences")
  func derivatives() {
    let (map, c) = (map(5, tolerance: 1e-9), inputs(3, 5))
    let weights = RandomGenerator(seed: 4).normal([3, 5], dtype: .float64)
    func score(_ c: Tensor) -> Tensor { (map.fixedPoint(c) * weights).sum() }
    let leaf = c.differentiable()
    let slopes = gradient(of: score(leaf), wrt: [leaf, map.weight])
    let byInput = centralDifferences(at: c) { score($0).item }
    let byWeight = centralDifferences(moving: map.weight) { score(c) }
    #expect(largestDifference(slopes[0], byInput) < 1e-7)
    #expect(largestDifference(slopes[1], byWeight) < 1e-7)
    // Without the theorem, that of one evaluation would be left.
    let z = map.fixedPoint(c).detached
    let single = gradient(of: (map(z, input: leaf) * weights).sum(), wrt: [leaf])[0]
    #expect(largestDifference(single, byInput) > 0.01)
  }

  /// A model on points of the plane with a state of 6 dimensions.
  private func model(rate: Double = 4) throws -> StableDEQ {
    var settings = StableDEQMethod.defaults(for: pointsInput)
    settings.features.dimension = 6
    settings.features.radius = 3
    settings.lyapunov = .init(dimension: 6)
    settings.lyapunov.rate = rate
    return try StableDEQ(
      settings, input: pointsInput, generator: RandomGenerator(seed: 5), dtype: .float64,
      device: .cpu)
  }

  @Test("V falls along the flow as fast as is promised, which the free field does not keep")
  func decrease() throws {
    let model = try model()
    let c = inputs(20, 6)
    let equilibrium = model.map.fixedPoint(c)
    let start = equilibrium + RandomGenerator(seed: 6).normal([20, 6], dtype: .float64) * 3
    func values(_ field: VectorField) throws -> Tensor {
      let states = try withoutGradients {
        try solve(field, from: start, at: [0, 0.25, 0.5, 1, 2], steps: .adaptive(1e-9)).states
      }
      return model.lyapunov.valuesAndGradients(
        at: (states - equilibrium).reshaped([-1, 6])
      ).values.reshaped([5, 20])
    }
    let promised = Tensor([0, -1, -2, -4, -8] as [Double], shape: [5, 1]).exp
    let projected = try values(model.field(input: c, equilibrium: equilibrium))
    #expect(((projected - projected[0] * promised) .<= 1e-6).all().isTrue)
    let free = try values(.autonomous { model.map($0, input: c) - $0 })
    #expect(((free - free[0] * promised).max().item) > 0.01)
  }

  @Test("Trajectories end at the fixed point, which differs from image to image")
  func attraction() throws {
    let model = try model()
    let c = inputs(8, 6)
    let equilibrium = model.map.fixedPoint(c)
    let field = model.field(input: c, equilibrium: equilibrium)
    let end = try withoutGradients {
      try solve(field, from: equilibrium + 2, at: [0, 15], steps: .adaptive(1e-8)).finalState
    }
    #expect(largestDifference(end, equilibrium) < 1e-5)
    #expect((equilibrium - equilibrium[0]).norm(along: 1).sliced(1..<8).min().item > 0.1)
  }

  @Test("A row's fixed point does not depend on its batch-mates")
  func batches() {
    let (map, c) = (map(16), inputs(9, 16))
    // Mates that need more steps, and fewer.
    let mixed = Tensor.concatenated([c.sliced(0..<1), c.sliced(1..<9) * 10, c.sliced(1..<9) * 0])
    let alone = map.fixedPoint(c.sliced(0..<1))
    #expect(largestDifference(map.fixedPoint(mixed).sliced(0..<1), alone) < 1e-10)
    let coarse = AndersonAcceleration(tolerance: 0.01)
    func end(_ c: Tensor) -> Tensor { coarse(from: .zeros(like: c)) { map($0, input: c) } }
    #expect(largestDifference(end(mixed).sliced(0..<1), end(c.sliced(0..<1))) < 1e-10)
  }

  @Test("A last width that is no number is refused")
  func refusal() {
    var settings = StableDEQMethod.defaults(for: pointsInput)
    settings.lyapunov.sizes = [8, 2]
    let error = #expect(throws: SettingsError.self) {
      _ = try StableDEQMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
        device: .cpu)
    }
    #expect(error?.setting == "lyapunov.sizes")
  }
}
