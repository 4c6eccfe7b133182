import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("LyaNet")
struct LyaNetTests {
  private typealias Settings = LyaNetMethod.Settings

  private func build(
    _ input: ModelInput = digitsInput, seed: UInt64 = 0, dtype: DType = .float64,
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> LyaNet {
    var settings = LyaNetMethod.defaults(for: input)
    settings.sampling.states = 6
    change(&settings)
    return try LyaNetMethod.build(
      settings, input: input, generator: RandomGenerator(seed: seed), dtype: dtype, device: .cpu)
      as! LyaNet
  }

  private func samples(
    _ input: ModelInput = digitsInput, count: Int = 5, dtype: DType = .float64
  ) -> (Tensor, Tensor) {
    let (images, labels) = batch(input, count: count)
    return (images.to(dtype), labels)
  }

  private func field(
    _ classCount: Int, width: Int, simplex: Bool, gain: Double = 1, smoothing: Double = 1e-12
  ) -> ModulatedField {
    ModulatedField(
      classCount: classCount, width: width, isRestrictedToSimplex: simplex, gain: gain,
      smoothing: smoothing, generator: RandomGenerator(seed: 0), dtype: .float64)
  }

  // MARK: The field

  @Test("κ is the logarithm of an anchor's length")
  func decayRate() {
    for (classCount, expected) in [(10, 3.8593), (100, 5.0106), (200, 5.3572)] {
      #expect(abs(ModulatedField.decayRate(classCount: classCount) - expected) < 1e-4)
    }
  }

  /// The definition, number by number.
  private func plainVelocity(_ field: ModulatedField, h: [Double], modulation: Tensor) -> [Double] {
    let parts = field.state.tensors
    func affine(_ name: String, _ x: [Double]) -> [Double] {
      let (weight, bias) = (parts["\(name).weight"]!, parts["\(name).bias"]!.doubles)
      return bias.indices.map { row in
        zip(weight[row].doubles, x).reduce(bias[row]) { $0 + $1.0 * $1.1 }
      }
    }
    func rectified(_ x: [Double], _ name: String) -> [Double] {
      x.map { $0 > 0 ? $0 : parts["\(name).weight"]!.item * $0 }
    }
    let hidden = rectified(affine("0", h), "1")
    let modulated = (0..<hidden.count).map { row in
      zip(modulation[row].doubles, hidden).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let r = affine("4", rectified(modulated, "3"))
    let classes = h.indices
    let anchors = classes.map { j in classes.map { $0 == j ? 15.0 : -15.0 } }
    func softmax(_ x: [Double]) -> [Double] {
      let powers = x.map { exp($0 - x.max()!) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let speed = log(15 * Double(h.count).squareRoot()) * parts["gain"]!.item
    if field.isRestrictedToSimplex {
      let weights = softmax(r)
      return classes.map { i in
        classes.map { (anchors[$0][i] - h[i]) * weights[$0] }.reduce(0, +) / Double(h.count) * speed
      }
    }
    let length = r.map { $0 * $0 }.reduce(field.smoothing * field.smoothing, +).squareRoot()
    let n = r.map { $0 / length }
    let offsets = anchors.map { anchor in zip(anchor, h).map { $0 - $1 } }
    let weights = softmax(offsets.map { zip($0, n).map(*).reduce(0, +) })
    let distances = offsets.map { $0.map { $0 * $0 }.reduce(0, +).squareRoot() }
    let w = zip(distances, weights).map(*).reduce(0, +) / Double(h.count)
    return n.map { $0 * w * speed }
  }

  @Test("The field is its definition", arguments: [nil, 1e-12, 0.8], [2, 3, 10])
  func definition(smoothing: Double?, classCount: Int) {
    let field = field(
      classCount, width: 7, simplex: smoothing == nil, gain: 2.5, smoothing: smoothing ?? 1)
    let generator = RandomGenerator(seed: 4)
    let states = generator.normal([3, 4, classCount], deviation: 20, dtype: .float64)
    let modulation = generator.normal([3, 7, 7], dtype: .float64)
    let velocities = field(states, modulation: modulation, dropout: nil)
    let shared = field(states.sliced(0..<1), modulation: modulation, dropout: nil)
    for image in 0..<3 {
      for state in 0..<4 {
        for (first, result) in [(image, velocities), (0, shared)] {
          let expected = plainVelocity(
            field, h: states[first][state].doubles, modulation: modulation[image])
          let found = result[image][state].doubles
          for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-10 * (1 + abs(b))) }
        }
      }
    }
    let single = field(states.sliced(2..<3, along: 1).squeezed(1), modulation: modulation)
    #expect(largestDifference(single, velocities.sliced(2..<3, along: 1).squeezed(1)) <= 1e-11)
  }

  @Test("Where there is no direction the free field is 0 and its derivative finite")
  func noDirection() {
    let field = field(4, width: 3, simplex: false)
    let raw = Tensor.zeros([2, 4], dtype: .float64).differentiable()
    let velocity = field.velocity(.ones([2, 4], dtype: .float64), raw: raw)
    #expect(velocity.magnitude.max().item == 0)
    let anchor = Tensor([15.0, -15, -15, -15], shape: [1, 4]).differentiable()
    let slopes = gradient(
      of: field.velocity(anchor, raw: Tensor([1.0, 2, 3, 4], shape: [1, 4])).sum(), wrt: [anchor])
    #expect(slopes[0].isFinite.all().item == 1)
    #expect(gradient(of: velocity.sum(), wrt: [raw])[0].isFinite.all().item == 1)
  }

  /// h = (1 - s) 0 + s Σ p_j s_j has h_i = 30 (s p_i + (1 - s)/2) - 15.
  @Test("Restricted to the simplex, states stay in the hull of the anchors and 0", arguments: 0..<5)
  func hull(seed: UInt64) throws {
    let model = try build(seed: seed) {
      $0.backbone.restrictToSimplex = true
      $0.backbone.gain = 30
      $0.backbone.flow.tolerance = 1e-6
    }
    let states = try model.backbone.solution(samples(count: 3).0).states
    let shares = (states + 15) / 30
    let total = shares.sum(along: 2)
    #expect(total.min().item >= 1 - 1e-6 && total.max().item <= 5 + 1e-6)
    // (1 - s)/2 is the least that every class has; s = (5 - total)/4.
    let least = (1 - (5 - total) / 4) / 2
    #expect((shares.min(along: 2) - least).min().item >= -1e-6)
    #expect(total[1].max().item < 1.01, "it should have arrived at the hull of the anchors")
  }

  // MARK: The model

  @Test("It has the published number of parameters")
  func parameterCounts() throws {
    let input = ModelInput(shape: [3, 32, 32], classCount: 10, scale: .paper)
    let model = try build(input, dtype: .float32)
    let shapes = model.state.tensors.mapValues(\.shape)
    #expect(shapes["extractor.fc.weight"] == [16384, 512])
    let modulation = model.state.entries.filter { $0.name.hasPrefix("extractor.fc.") }
    #expect(modulation.map(\.tensor.count).reduce(0, +) == 8_404_992)
    #expect(model.parameterCount == 19_576_524)
    #expect(shapes["dynamics.0.weight"] == [128, 10] && shapes["dynamics.4.weight"] == [10, 128])
    #expect(shapes["dynamics.1.weight"] == [1] && shapes["dynamics.3.weight"] == [1])
    #expect(model.state.entries.filter { !$0.isParameter }.map(\.name).contains("dynamics.gain"))
  }

  @Test("h(0) is 0 and h(T) the logits")
  func ends() throws {
    let model = try build(pointsInput)
    let (points, _) = samples(pointsInput)
    let trained = model.trained()
    let solution = try #require(try trained.solution(points))
    #expect(solution.states[0].magnitude.max().item == 0)
    #expect(areIdentical(solution.finalState, try trained.logits(points)))
    let outputs = try trained.outputs(points)
    #expect(outputs["features"]!.shape == [5, 1024])
    let labels = int64([0, 1, 2, 0, 1])
    #expect(
      largestDifference(
        outputs["lyapunov"]!.gathering(columns: labels),
        crossEntropy(logits: outputs["logits"]!, labels: labels)) <= 1e-12)
  }

  @Test("Points of a batch have their own field in use, and their own steps")
  func use() throws {
    let model = try build(pointsInput) { $0.backbone.gain = 8 }
    let (points, _) = samples(pointsInput, count: 20)
    let trained = model.trained()
    let logits = try trained.logits(points)
    for index in [0, 7, 19] {
      let alone = try trained.logits(points.sliced(index..<index + 1))
      #expect(largestDifference(alone, logits.sliced(index..<index + 1)) <= 1e-5)
    }
    #expect(largestDifference(logits.sliced(0..<1), logits.sliced(7..<8)) > 1e-3)
  }

  // MARK: The loss

  @Test("dV/dt in closed form is that of automatic differentiation", arguments: 0..<10)
  func closedForm(seed: UInt64) throws {
    let model = try build(seed: seed) { $0.backbone.gain = 1 + Double(seed) }
    let (images, labels) = samples()
    let modulation = model.backbone.modulation(images, mode: .training)
    let states = RandomGenerator(seed: seed, keys: 1).normal([5, 6, 10], dtype: .float64) * 8
    let found = model.violations(at: states, labels: labels, modulation: modulation, dropout: nil)
    #expect(found.shape == [5, 6])
    for (image, label) in labels.integers.enumerated() {
      for index in 0..<6 {
        let h = states[image][index].differentiable()
        let value = -h.unsqueezed(0).logSoftmax(along: 1)[0][label]
        let slope = gradient(of: value, wrt: [h])[0]
        let velocity = model.backbone.field(
          h.unsqueezed(0), modulation: modulation.sliced(image..<image + 1))[0]
        let expected =
          (slope * velocity).sum().item + ModulatedField.decayRate(classCount: 10) * value.item
        #expect(abs(found[image][index].item - expected) <= 1e-9 * (1 + abs(expected)))
      }
    }
  }

  @Test("The Monte-Carlo loss is the mean over a loop of all images and states")
  func monteCarlo() throws {
    let model = try build { $0.dropout = 0 }
    let (images, labels) = samples()
    let step = TrainingStep(seed: 2, epoch: 0, index: 3)
    let modulation = model.backbone.modulation(images, mode: .training)
    let states = model.ballStates(like: modulation, step.generator(1))
    #expect(states.shape == [1, 6, 10])
    var sum = 0.0
    for (image, label) in labels.integers.enumerated() {
      for index in 0..<6 {
        let h = states[0][index]
        let velocity = plainVelocity(
          model.backbone.field, h: h.doubles, modulation: modulation[image])
        let (powers, kappa) = (h.doubles.map { exp($0) }, log(15 * 10.0.squareRoot()))
        let total = powers.reduce(0, +)
        let mean: Double = zip(powers, velocity).map { $0 / total * $1 }.reduce(0, +)
        let rate = mean - velocity[label]
        sum += max(0, rate + kappa * (log(total) - h.doubles[label]))
      }
    }
    let objective = try model.objective(images: images, labels: labels, step: step)
    #expect(abs(objective.total.item - sum / 30) <= 1e-9 * sum)
    #expect(objective.evaluations == 0 && objective.classification == nil)
  }

  @Test("Sampled states have uniform radii, not uniform in volume")
  func radii() throws {
    let model = try build { $0.sampling.states = 4000 }
    let states = model.ballStates(
      like: .zeros([1], dtype: .float64), RandomGenerator(seed: 3))
    let radii = states.norm(along: 2)[0].sorted(along: 0).values.doubles
    let reach = 15 * 10.0.squareRoot()
    for (index, radius) in radii.enumerated() {
      #expect(abs(radius / reach - Double(index) / 4000) < 0.04)
    }
    #expect(states.mean(along: 1).magnitude.max().item < 1.5)
  }

  /// What the loss promises. V' = violation - κ V along a trajectory, so that by Grönwall
  ///
  ///     V(T) <= e^(-κT) V(0) + ∫ e^(-κ(T - t)) max(0, violation) dt.
  @Test("V decays exponentially but for what the loss counts", arguments: 0..<8)
  func guarantee(seed: UInt64) throws {
    let model = try build(seed: seed) {
      $0.backbone.gain = [0.5, 1, 3, 6][Int(seed) % 4]
      $0.backbone.restrictToSimplex = seed % 2 == 1
    }
    let (images, labels) = samples(count: 8)
    let modulation = model.backbone.modulation(images, mode: .inference)
    let count = 400
    let times = (0...count).map { Double($0) / Double(count) }
    let solution = try solve(
      model.backbone.vectorField(modulation), from: model.backbone.initialState(modulation),
      at: times, steps: .adaptive(1e-9))
    let states = solution.states.permuted([1, 0, 2])
    let violations = model.violations(
      at: states, labels: labels, modulation: modulation, dropout: nil)
    let values = LabelLyapunov(.crossEntropy).valuesAndSlopes(at: states, labels: labels).values
    let kappa = model.backbone.field.decayRate
    let decay = (Tensor(times) * kappa).exp
    for row in 0..<8 {
      // e^(κt) V(t) - V(0) = ∫ e^(κs) violation ds, and so at most that of its positive part.
      func integral(_ x: Tensor) -> Double {
        let weighted = (x * decay).doubles
        return (weighted.reduce(0, +) - (weighted[0] + weighted[count]) / 2) / Double(count)
      }
      let gained = values[row][count].item * exp(kappa) - values[row][0].item
      #expect(abs(gained - integral(violations[row])) <= 2e-3 * abs(gained))
      #expect(gained <= integral(violations[row].relu) * 1.001)
    }
  }

  // MARK: Dropout, annealing, paths

  @Test("Dropout acts in the pointwise loss alone")
  func dropout() throws {
    let (images, labels) = samples()
    let step = TrainingStep(seed: 0, epoch: 0, index: 0)
    func results(_ probability: Double, _ loss: Settings.Loss) throws -> [Tensor] {
      let model = try build {
        $0.dropout = probability
        $0.loss = loss
      }
      return [
        try model.objective(images: images, labels: labels, step: step).total,
        try model.trainingLogits(images), try model.trained().logits(images),
      ]
    }
    let (with, without) = (try results(0.5, .lyapunov), try results(0, .lyapunov))
    #expect(with[0].item != without[0].item)
    #expect(areIdentical(with[1], without[1]) && areIdentical(with[2], without[2]))
    #expect(try results(0.9, .crossEntropy)[0].item == results(0, .crossEntropy)[0].item)
  }

  @Test("Every pair of image and state has its own mask, and the mean stays")
  func masks() {
    let dropout = ModulatedField.Dropout(probability: 0.3, generator: RandomGenerator(seed: 1))
    let x = dropout(.ones([40, 50, 20], dtype: .float64))
    #expect(Set(x.doubles.map { ($0 * 7).rounded() }) == [0, 10])
    #expect(abs(x.mean().item - 1) < 0.02)
    #expect(x.mean(along: 1, 2).doubles.allSatisfy { abs($0 - 1) < 0.15 })
    #expect(largestDifference(x[0], x[1]) > 1)
  }

  @Test("The gain falls while few samples violate, and rises later while too many do")
  func annealing() {
    let rule = GainAnnealing()
    for (gain, violating, progress, expected) in [
      (50.0, 0.69, 0.0, 49.995), (50, 0.71, 0, 50), (50, 0.69, 0.5, 49.995), (1, 0.1, 0.2, 1),
      (1.00005, 0.1, 0.2, 0.999949995), (50, 0.11, 0.51, 50.005), (50, 0.09, 0.51, 50),
      (100, 0.5, 0.9, 100), (99.999, 0.5, 0.9, 100.0089999), (50, 0.5, 0.9, 50.005),
    ] {
      let next = rule.next(
        Tensor([gain]), violating: Tensor(violating, dtype: .float64), progress: progress)
      #expect(abs(next.item - expected) < 1e-9, "\(gain), \(violating), \(progress)")
    }
  }

  @Test("What evolves in training goes on from a saved state", arguments: [false, true])
  func resuming(paths: Bool) throws {
    func model() throws -> LyaNet {
      try build(dtype: .float32) {
        $0.backbone.gain = 4
        $0.annealing.decay = 0.9
        $0.annealing.falling = 1
        $0.pathIntegral.start = 0.1
        $0.pathIntegral.patience = 2
        $0.pathIntegral.leastViolations = 31  // of 30: always few
        $0.sampling.kind = paths ? .pathIntegral : .monteCarlo
      }
    }
    let (images, labels) = samples(dtype: .float32)
    func run(_ model: LyaNet, _ steps: Range<Int>) throws -> [Tensor] {
      try steps.map { index in
        try model.objective(
          images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: index)
        ).total
      }
    }
    let through = try model()
    let expected = try run(through, 0..<7)
    let first = try model()
    _ = try run(first, 0..<3)
    let second = try model()
    try second.load(first.state.tensors)
    for (a, b) in zip(try run(second, 3..<7), expected[3...]) { #expect(areIdentical(a, b)) }
    let state = through.state.tensors
    #expect(state["dynamics.gain"]!.item < 4 * 0.91)
    if paths {
      #expect(abs(state["sampling.horizon"]!.item - 0.13) < 1e-6)
      #expect(state["sampling.calmBatches"]!.item == 1)
    }
    for (name, tensor) in second.state.tensors { #expect(areIdentical(tensor, state[name]!)) }
  }

  @Test("The path integral looks at the model's own trajectories up to its horizon")
  func paths() throws {
    let model = try build {
      $0.sampling.kind = .pathIntegral
      $0.sampling.states = 40
      $0.pathIntegral.start = 0.3
      $0.backbone.flow.trainingTolerance = 1e-8
    }
    let (images, labels) = samples()
    let modulation = model.backbone.modulation(images, mode: .training).detached
    let (states, evaluations) = try model.pathStates(modulation, RandomGenerator(seed: 1))
    #expect(states.shape == [5, 40, 10] && evaluations > 0 && !states.requiresGradient)
    let end = try model.backbone.flow.training(
      of: model.backbone.vectorField(modulation),
      from: model.backbone.initialState(modulation), times: [0, 0.3]
    ).finalState
    #expect(largestDifference(states.sliced(39..<40, along: 1).squeezed(1), end) < 1e-6)
    #expect(states.sliced(0..<1, along: 1).magnitude.max().item < 1e-4)
    let lengths = states.norm(along: 2)
    #expect(
      (lengths.sliced(1..<40, along: 1) - lengths.sliced(0..<39, along: 1)).min().item > -1e-6)
    let objective = try model.objective(
      images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0))
    #expect(objective.evaluations > 0)
  }

  @Test("The horizon waits while many samples violate, and ends at T")
  func horizon() throws {
    let (images, labels) = samples()
    var violating = 0.0
    func horizon(after steps: Int, leastViolations: Int, growth: Double) throws -> Double {
      let model = try build {
        $0.sampling.kind = .pathIntegral
        $0.pathIntegral.start = 0.1
        $0.pathIntegral.leastViolations = leastViolations
        $0.pathIntegral.growth = growth
      }
      for index in 0..<steps {
        let terms = try model.objective(
          images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: index)
        ).terms
        violating = terms.first { $0.name == "violating" }!.value.item
      }
      return model.state.tensors["sampling.horizon"]!.item
    }
    #expect(abs(try horizon(after: 4, leastViolations: 0, growth: 0.2) - 0.1) < 1e-12)
    #expect(abs(try horizon(after: 3, leastViolations: 31, growth: 0.2) - 0.7) < 1e-12)
    #expect(try horizon(after: 6, leastViolations: 31, growth: 0.2) == 1)
    // As many as the least that count are many, one fewer are few.
    _ = try horizon(after: 1, leastViolations: 0, growth: 0.2)
    let count = Int((30 * violating).rounded())
    #expect((1..<30).contains(count))
    #expect(abs(try horizon(after: 1, leastViolations: count, growth: 0.2) - 0.1) < 1e-12)
    #expect(abs(try horizon(after: 1, leastViolations: count + 1, growth: 0.2) - 0.3) < 1e-12)
  }

  // MARK: Settings

  @Test("Settings that cannot be used are refused by name")
  func refusals() {
    let refusals: [(String, (inout Settings) -> Void)] = [
      ("backbone.features.dimension", { $0.backbone.features.dimension = 1000 }),
      ("backbone.features.dimension", { $0.backbone.features.dimension = 0 }),
      ("backbone.features.radius", { $0.backbone.features.radius = -1 }),
      ("backbone.flow.horizon", { $0.backbone.flow.horizon = 0 }),
      ("backbone.smoothing", { $0.backbone.smoothing = 0 }),
      ("backbone.gain", { $0.backbone.gain = 0 }), ("dropout", { $0.dropout = 1 }),
      ("sampling.states", { $0.sampling.states = 0 }),
      (
        "sampling.states",
        {
          $0.sampling.states = 1
          $0.sampling.kind = .pathIntegral
        }
      ),
      ("sampling.radius", { $0.sampling.radius = .nan }),
      ("pathIntegral.start", { $0.pathIntegral.start = 0 }),
      ("pathIntegral.growth", { $0.pathIntegral.growth = 2 }),
      ("pathIntegral.patience", { $0.pathIntegral.patience = 0 }),
      ("pathIntegral.leastViolations", { $0.pathIntegral.leastViolations = -1 }),
      ("annealing.turn", { $0.annealing.turn = 1.1 }),
      ("annealing.decay", { $0.annealing.decay = 0 }),
      ("annealing.growth", { $0.annealing.growth = 0.9 }),
      ("annealing.least", { $0.annealing.least = 0 }),
      ("annealing.greatest", { $0.annealing.greatest = 0.5 }),
    ]
    for (setting, change) in refusals {
      let error = #expect(throws: SettingsError.self) { _ = try build(pointsInput, change) }
      #expect(error?.setting == setting)
    }
    let single = #expect(throws: SettingsError.self) {
      _ = try build(ModelInput(shape: [2], classCount: 1))
    }
    #expect(single?.setting == "classes")
  }
}
