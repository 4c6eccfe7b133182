import DifferentialEquations
import NeuralNetworks
import Settings
import Tensors
import TestSupport
import Testing

@testable import Methods
@testable import StableDynamics

@Suite("FI-ODE")
struct FIODETests {
  /// Uniform on the simplex, [count, classCount].
  private func states(_ count: Int, _ classCount: Int, seed: UInt64) -> Tensor {
    let draws = -(1 - RandomGenerator(seed: seed).uniform([count, classCount], dtype: .float64)).log
    return draws / draws.sum(along: 1, keeping: true)
  }

  private func field(
    _ classCount: Int, hidden: Int = 12, dimension: Int = 5, seed: UInt64 = 1
  ) -> SimplexField {
    SimplexField(
      classCount: classCount, dimension: dimension, hidden: hidden, barrier: SimplexBarrier(),
      generator: RandomGenerator(seed: seed), dtype: .float64)
  }

  private func contexts(_ field: SimplexField, _ count: Int, seed: UInt64 = 2) -> Tensor {
    field.context(RandomGenerator(seed: seed).normal([count, 5], dtype: .float64))
  }

  // MARK: The barrier

  @Test("The projection is the nearest point of the simplex, and its gradient that of differences")
  func projection() {
    let w = RandomGenerator(seed: 3).normal([40, 6], dtype: .float64) * 2
    let total = RandomGenerator(seed: 4).uniform([40, 1], dtype: .float64) + 0.1
    let u = w.projectedOntoSimplex(total: total)
    #expect(u.min().item >= 0)
    #expect(largestDifference(u.sum(along: 1, keeping: true), total) < 1e-12)
    // No other point of the simplex lies further in the direction of w.
    for seed in 0..<20 {
      let other = states(40, 6, seed: UInt64(seed)) * total
      #expect(((w - u) * (other - u)).sum(along: 1).max().item < 1e-10)
    }
    let weights = RandomGenerator(seed: 5).normal([40, 6], dtype: .float64)
    let leaf = w.differentiable()
    let slope = gradient(
      of: (leaf.projectedOntoSimplex(total: total) * weights).sum(), wrt: [leaf])[0]
    let expected = centralDifferences(at: w) {
      ($0.projectedOntoSimplex(total: total) * weights).sum().item
    }
    #expect(largestDifference(slope, expected) < 1e-7)
  }

  @Test("The simplex is invariant along 100 000 trajectories, from its faces too")
  func simplex() throws {
    let field = field(10)
    let count = 100_000
    var initial = states(count, 10, seed: 6)
    // A third of the scores are 0, where the barrier is all that holds them.
    let kept = (RandomGenerator(seed: 7).uniform([count, 10], dtype: .float64) .> 0.3).to(.float64)
    initial = initial * kept + 1e-300
    initial = initial / initial.sum(along: 1, keeping: true)
    let context = contexts(field, count) * 20
    let solution = try solve(
      .conditioned(on: context) { field($0, context: $1) }, from: initial, at: [0, 1, 3],
      method: .heun, steps: .stepSize(0.25))
    #expect(solution.states.min().item >= -1e-15)
    #expect(largestDifference(solution.states.sum(along: 2), 1) < 1e-12)
    // Without the barrier they leave at once.
    let free = try solve(
      .conditioned(on: context) { field.nominal($0, context: $1) }, from: initial, at: [0, 1],
      method: .heun, steps: .stepSize(0.25))
    #expect(free.states.min().item < -0.1)
  }

  // MARK: The Lyapunov function and its loss

  @Test("V is 0 at the corner, 1 on the boundary, and its rate that along the flow")
  func lyapunov() {
    let corner = Tensor([1.0, 0, 0, 0.4, 0.4, 0.2], shape: [2, 3])
    let values = ClassCone.values(at: corner)
    #expect(largestDifference(values, Tensor([0.0, 2, 2, 1, 1, 1.2], shape: [2, 3])) < 1e-15)
    let points = states(30, 7, seed: 8).reshaped([5, 6, 7])
    let velocity = RandomGenerator(seed: 9).normal([5, 6, 7], dtype: .float64)
    let labels = int64([0, 6, 3, 2, 3])
    let found = ClassCone.valuesAndRates(at: points, along: velocity, labels: labels)
    func value(_ step: Double) -> Tensor {
      let all = ClassCone.values(at: (points + velocity * step).reshaped([30, 7]))
      let own = labels.unsqueezed(1).expanded([5, 6]).reshaped([30])
      return all.gathering(columns: own).reshaped([5, 6])
    }
    #expect(largestDifference(found.values, value(0)) < 1e-14)
    #expect(largestDifference(found.rates, (value(1e-7) - value(-1e-7)) / 2e-7) < 1e-7)
  }

  @Test(
    "Samples lie on the simplex: anywhere at first, then in the label's cone or on its boundary")
  func sampling() {
    var sampling = SimplexSampling(states: 50)
    let labels = int64([0, 3, 4, 4])
    func draw(_ progress: Double) -> Tensor {
      sampling(
        labels: labels, classCount: 5, progress: progress, generator: RandomGenerator(seed: 10),
        dtype: .float64)
    }
    func leads(_ states: Tensor) -> Tensor {
      ClassCone.valuesAndRates(at: states, along: states, labels: labels).values
    }
    for focus in SimplexSampling.Focus.allCases {
      sampling.focus = focus
      #expect(sampling.uniformCount(progress: 0) == 50 && sampling.uniformCount(progress: 1) == 1)
      for progress in [0, 0.1, 0.9] {
        let states = draw(progress)
        #expect(states.shape == [4, 50, 5] && states.min().item >= 0)
        #expect(largestDifference(states.sum(along: 2), 1) < 1e-12)
      }
      #expect(leads(draw(0)).max().item > 1.1)
      let focused = leads(draw(0.9).sliced(1..<50, along: 1))
      #expect(focused.max().item <= 1 + 1e-12)
      let spread = focused.max().item - focused.min().item
      #expect(focus == .cone ? spread > 0.1 : spread < 1e-12)
    }
  }

  // MARK: The certificate

  @Test("The corners tried of a face are the uniform states of y, j and the cheapest other classes")
  func cheapestCorners() {
    let boxes = BoundaryBoxes(
      [BoundaryBox(image: 0, rival: 2, classCount: 4)], labels: [0], classCount: 4, device: .cpu)
    // Of the pair, and of the classes 1 and 3.
    let corners = boxes.cheapestCorners(Tensor([5.0, 2, 1], shape: [1, 3]))
    let third = 1.0 / 3
    let expected: [Double] = [0.5, 0, 0.5, 0, third, 0, third, third, 0.25, 0.25, 0.25, 0.25]
    #expect(corners.shape == [1, 3, 4])
    #expect(zip(corners.doubles, expected).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  /// States on the face of the boundary of y's cone where j ties, [count, C].
  private func faceStates(_ count: Int, _ classCount: Int, _ y: Int, _ j: Int) -> Tensor {
    let draws = states(count, classCount, seed: 11)
    let top = draws.max(along: 1, keeping: true)
    let pair = int64([y, j]).oneHot(classCount, dtype: .float64).sum(along: 0, keeping: true)
    let tied = draws * (1 - pair) + top * pair
    return tied / tied.sum(along: 1, keeping: true)
  }

  @Test("Bounds are below every margin on the boundary, and meet", arguments: [2, 3, 5])
  func bounds(_ classCount: Int) {
    let field = field(classCount, seed: 12).constant(in: .float64)
    let labels = (0..<8).map { $0 % classCount }
    let context = contexts(field, 8) * 3
    var search = InvarianceSearch(field, MarginBounds(field), context: context, labels: labels)
    var sampled = [Double](repeating: .infinity, count: 8)
    for (image, label) in labels.enumerated() {
      for rival in 0..<classCount where rival != label {
        let nominal = field.nominal(
          faceStates(4000, classCount, label, rival), context: context[image].unsqueezed(0))
        let margins =
          nominal.sliced(label..<label + 1, along: 1)
          - nominal.sliced(rival..<rival + 1, along: 1)
        sampled[image] = min(sampled[image], margins.min().item)
      }
    }
    let first = search.below
    for (bound, value) in zip(first, sampled) { #expect(bound <= value + 1e-12) }
    for (value, corner) in zip(sampled, search.above) { #expect(corner >= value - 0.2) }
    search.refine(splits: 200)
    for ((bound, start), value) in zip(zip(search.below, first), sampled) {
      #expect(bound >= start - 1e-12 && bound <= value + 1e-12)
    }
    for image in 0..<8 where search.above[image] > 0 {
      #expect(search.below[image] >= sampled[image] - 0.02, "image \(image)")
    }
  }

  /// A field in which a class grows at the expense of all others, by a bias.
  private func favouring(_ label: Int, by bias: Double) -> SimplexField {
    let field = field(10, seed: 13)
    field.state.tensors["4.bias"]!.assign(
      (int64([label]).oneHot(10, dtype: .float64) * bias).squeezed(0))
    return field.constant(in: .float64)
  }

  @Test("Where the margin is positive no trajectory leaves the cone, and where not some do")
  func cone() throws {
    for (bias, holds) in [(1.5, true), (-0.3, false)] {
      let field = favouring(4, by: bias)
      let count = 4000
      let context = contexts(field, 1)
      var search = InvarianceSearch(field, MarginBounds(field), context: context, labels: [4])
      search.refine(splits: 100)
      #expect((search.below[0] > 0) == holds)
      #expect((search.above[0] > 0) == holds)
      // From states of the cone, many of them on its boundary.
      let own = int64([4]).oneHot(10, dtype: .float64)
      let draws = states(count, 10, seed: 14)
      let tied = draws * (1 - own) + draws.max(along: 1, keeping: true) * own
      let initial = Tensor.concatenated([
        tied / tied.sum(along: 1, keeping: true), .full(0.1, [1, 10], dtype: .float64),
      ])
      let all = context.expanded([count + 1, context.shape[1]])
      for (method, size) in [
        (ButcherTableau.euler, 0.4), (.heun, 0.4), (.classicalRungeKutta, 0.05),
      ] {
        let end = try solve(
          .conditioned(on: all) { field($0, context: $1) }, from: initial, at: [0, 0.4, 2],
          method: method, steps: .stepSize(size)
        ).states
        let leads = (1...2).map { time in
          end[time].gathering(columns: int64([Int](repeating: 4, count: count + 1)))
            - (end[time] - own).max(along: 1)
        }
        let least = leads.map { $0.min().item }.min()!
        #expect(holds ? least >= 0 : least < -0.01, "\(method)")
        // From 1/C, where every trajectory begins, the label wins strictly.
        if holds { #expect(leads.allSatisfy { $0[count].item > 1e-3 }) }
      }
    }
  }

  private func model(_ change: (inout FIODEMethod.Settings) -> Void = { _ in }) throws
    -> TrainedFIODE
  {
    let input = ModelInput(shape: [1, 4, 4], classCount: 3)
    var settings = FIODEMethod.defaults(for: input)
    change(&settings)
    let model = try FIODE(
      settings, input: input, generator: RandomGenerator(seed: 15), dtype: .float32, device: .cpu)
    // Any model has certified samples if its labels are what it decides.
    model.field.state.tensors["4.bias"]!.assign(Tensor([0.3, 0, 0] as [Float]))
    return try #require(model.trained() as? TrainedFIODE)
  }

  @Test("Every image within a radius is decided like the sample")
  func radii() throws {
    let model = try model()
    let images = RandomGenerator(seed: 16).uniform([6, 1, 4, 4])
    let labels = try model.predictions(images).integers
    let found = try model.invarianceCertificate(
      images: images, labels: labels, splits: 30, batchSize: 4, progress: { _ in })
    #expect(found.radii.count == 6 && found.boxes >= 12 && found.undecided == 0)
    #expect(found.radii.contains { $0 > 0.01 })
    #expect(found.featureBound >= 1 && found.featureBound < 1.001)
    #expect(found.fieldBound > 1 && found.fieldBound < 1.5 && found.roundingBound < 1e-6)
    for seed in 0..<50 {
      let noise = RandomGenerator(seed: UInt64(seed), keys: 17).normal([6, 16])
      let reach = Tensor(found.radii.map(Float.init), shape: [6, 1]) * 0.999
      let step = noise / noise.norm(along: 1, keeping: true) * reach
      let moved = try model.predictions(images + step.reshaped([6, 1, 4, 4])).integers
      for (index, radius) in found.radii.enumerated() where radius > 0 {
        #expect(moved[index] == labels[index])
      }
    }
    // A wrong label is certified nowhere.
    let wrong = try model.invarianceCertificate(
      images: images, labels: labels.map { ($0 + 1) % 3 }, splits: 30, batchSize: 6,
      progress: { _ in })
    #expect(wrong.radii.allSatisfy { $0 == 0 })
  }

  @Test("Solvers that the theorem does not cover are refused")
  func refusals() throws {
    func refusal(_ change: (inout FIODEMethod.Settings) -> Void) throws -> String? {
      let model = try model(change)
      let error = #expect(throws: SettingsError.self) {
        _ = try model.invarianceCertificate(
          images: .zeros([1, 1, 4, 4]), labels: [0], splits: 1, batchSize: 1, progress: { _ in })
      }
      return error?.description
    }
    #expect(
      try refusal { $0.flow.solver = .dopri5 }?.contains("euler, heun, ssprk3, ssprk3-2, ") == true)
    #expect(
      try refusal { $0.flow.intervals = 1 }?.hasPrefix("model.flow.stepsPerInterval: expected")
        == true)
  }
}
