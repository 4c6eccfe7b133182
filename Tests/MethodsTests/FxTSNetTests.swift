import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Fixed-time stability")
struct FixedTimeStabilityTests {
  /// α, β in [0.1, 10], p in [0.1, 0.9], q in [1.1, 3].
  private static let random: [FixedTimeStability] = {
    let draws = RandomGenerator(seed: 7).uniform([40, 4], dtype: .float64)
    return (0..<40).map { row in
      let u = draws[row].doubles
      return FixedTimeStability(
        alpha: pow(10, 2 * u[0] - 1), beta: pow(10, 2 * u[1] - 1), p: 0.1 + 0.8 * u[2],
        q: 1.1 + 1.9 * u[3])
    }
  }()

  @Test("The settling time of known cases")
  func known() {
    let even = FixedTimeStability(alpha: 1, beta: 1, p: 0.5, q: 1.5)
    #expect(abs(even.settlingTime - .pi) < 1e-14 && even.polyakovBound == 4)
    let far = FixedTimeStability(alpha: 1e300, beta: 1e-300, p: 0.5, q: 1.5)
    #expect(abs(far.settlingTime - .pi) < 1e-9)
    // Nearly linear from above: ∫ dV / (V^½ + V^q) is 1/(q - 1) but for a constant.
    let slow = FixedTimeStability(alpha: 1, beta: 1, p: 0.5, q: 1 + 0x1p-50)
    #expect(abs(slow.settlingTime / 0x1p50 - 1) < 1e-9)
    #expect(slow.polyakovBound >= slow.settlingTime)
    let other = FixedTimeStability(alpha: 2, beta: 3, p: 0.7, q: 1.2)
    #expect(abs(other.settlingTime - 2.590) < 5e-4)
    #expect(abs(other.polyakovBound - 10.0 / 3) < 1e-12)
  }

  @Test("Polyakov's bound is never below it")
  func polyakov() {
    for system in Self.random { #expect(system.polyakovBound >= system.settlingTime) }
  }

  @Test("A time that the user chooses is kept", arguments: [1.1, 2, 5, 50], [0.1, 1, 7])
  func chosen(mu: Double, time: Double) {
    let system = FixedTimeStability(time: time, mu: mu)
    #expect(abs(system.settlingTime - time) < 1e-9 * time)
    #expect(system.alpha == system.beta && abs(system.alpha - mu * .pi / (2 * time)) < 1e-12)
    #expect(abs(system.p + system.q - 2) < 1e-12 && abs(system.q - 1 - 1 / mu) < 1e-12)
  }

  /// The time in which V' = δ - αV^p - βV^q falls from one value to another. The equation is too
  /// stiff to follow; with y = ln V as the independent variable the time that passes,
  /// dt/dy = -V/(αV^p + βV^q - δ), is smooth, and the solver's quadrature of it Simpson's rule.
  private func time(
    of system: FixedTimeStability, from start: Double, to end: Double, perturbation: Double = 0
  ) throws -> Double {
    try solve(
      .timed { y, t in .zeros(like: t) - exp(y) / (system.rate(exp(y)) - perturbation) },
      from: Tensor.zeros([1, 1], dtype: .float64), at: [log(start), log(end)],
      method: .classicalRungeKutta, steps: .stepsPerInterval(2000)
    ).finalState.item
  }

  /// What is left beyond both ends is bounded by one term of the rate alone.
  @Test("From 10^6 it is below 10^-6 before T*, and hardly sooner", arguments: 0..<40)
  func quadrature(index: Int) throws {
    let system = Self.random[index]
    let passed = try time(of: system, from: 1e6, to: 1e-6)
    #expect(passed < system.settlingTime)
    let below = pow(1e-6, 1 - system.p) / (system.alpha * (1 - system.p))
    let above = pow(1e6, 1 - system.q) / (system.beta * (system.q - 1))
    #expect(passed + below + above > system.settlingTime * (1 - 1e-8))
  }

  @Test("With a perturbation V is within the bound in time, and stays", arguments: 0..<40)
  func perturbed(index: Int) throws {
    let system = Self.random[index]
    let draws = RandomGenerator(seed: 1, keys: UInt64(index)).uniform([2], dtype: .float64).doubles
    let (delta, theta) = (pow(10, 3 * draws[0] - 2), 0.05 + 0.9 * draws[1])
    for term in FixedTimeStability.Term.allCases {
      let bound = system.perturbedBound(perturbation: delta, share: theta, takenFrom: term)
      #expect(bound.time > system.settlingTime)
      // What is given up makes up for δ exactly there.
      let (a, b) = term == .alpha ? (1 - theta, 1) : (1, 1 - theta)
      let rest = FixedTimeStability(
        alpha: a * system.alpha, beta: b * system.beta, p: system.p, q: system.q)
      let rate = system.rate(bound.value)
      #expect(abs(rate - delta - rest.rate(bound.value)) <= 1e-9 * rate)
      let passed = try time(
        of: system, from: 1e6 * max(1, bound.value), to: bound.value, perturbation: delta)
      #expect(passed > 0 && passed <= bound.time)
    }
    // Without a perturbation all of V is made up for.
    let none = system.perturbedBound(perturbation: 0, share: 1e-9)
    #expect(none.value == 0 && abs(none.time - system.settlingTime) < 1e-6 * none.time)
  }
}

@Suite("FxTS-style networks")
struct FxTSNetTests {
  private typealias Settings = FxTSNetMethod.Settings

  private func build(
    _ input: ModelInput = digitsInput, seed: UInt64 = 0,
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> FxTSNet {
    var settings = FxTSNetMethod.defaults(for: input)
    change(&settings)
    return try FxTSNetMethod.build(
      settings, input: input, generator: RandomGenerator(seed: seed), dtype: .float64,
      device: .cpu) as! FxTSNet
  }

  private func samples(_ count: Int = 5) -> (Tensor, Tensor) {
    let (images, labels) = batch(digitsInput, count: count)
    return (images.to(.float64), labels)
  }

  // MARK: Lyapunov functions of the labels

  private func plainValue(_ form: LabelLyapunov.Form, _ h: Tensor, _ label: Int) -> Tensor {
    let classCount = h.count
    switch form {
    case .anchorDistance:
      let anchor = Tensor((0..<classCount).map { $0 == label ? 15.0 : -15 })
      return (h - anchor).squared.sum() * 0.5
    case .softmaxDistance:
      let powers = (h - h.detached.max()).exp
      let target = Tensor((0..<classCount).map { $0 == label ? 1.0 : 0 })
      return (powers / powers.sum() - target).squared.sum() * 0.5
    case .crossEntropy:
      return (h.logSumExp(along: 0) - h[label] - 0.3).relu
    }
  }

  @Test(
    "V and its slope are the definition and its derivative", arguments: LabelLyapunov.Form.allCases)
  func values(form: LabelLyapunov.Form) {
    let lyapunov = LabelLyapunov(form, threshold: 0.3)
    let h = RandomGenerator(seed: 2).normal([6, 30, 4], deviation: 2, dtype: .float64)
    let labels = int64([0, 1, 2, 3, 2, 0])
    let (values, slopes) = lyapunov.valuesAndSlopes(at: h, labels: labels)
    let ofShared = lyapunov.valuesAndSlopes(at: h.sliced(0..<1), labels: labels)
    var zeros = 0
    for (image, label) in labels.integers.enumerated() {
      for state in 0..<30 {
        for (first, found, slope) in [
          (image, values, slopes), (0, ofShared.values, ofShared.slopes),
        ] {
          let point = h[first][state].differentiable()
          let value = plainValue(form, point, label)
          #expect(abs(found[image][state].item - value.item) <= 1e-10 * (1 + value.item))
          #expect(
            largestDifference(slope[image][state], gradient(of: value, wrt: [point])[0]) <= 1e-10)
          if value.item == 0 { zeros += 1 }
        }
      }
    }
    #expect((zeros > 0) == (form == .crossEntropy))
    #expect(areIdentical(lyapunov.values(at: h).sliced(0..<1, along: 2).squeezed(2)[0], values[0]))
  }

  // MARK: The loss

  @Test(
    "dv/dt is the derivative of v along trajectories", arguments: LabelLyapunov.Form.allCases,
    [true, false])
  func derivativeAlongTrajectories(form: LabelLyapunov.Form, isRelative: Bool) throws {
    let model = try build {
      $0.lyapunov.form = form
      $0.lyapunov.isRelative = isRelative
      $0.backbone.gain = 2
    }
    let (images, labels) = samples()
    let modulation = model.backbone.modulation(images, mode: .inference)
    let gap = 1e-4
    let times = [0, 0.3 - gap, 0.3, 0.3 + gap]
    let states = try solve(
      model.backbone.vectorField(modulation), from: model.backbone.initialState(modulation),
      at: times, steps: .adaptive(1e-11)
    ).states.permuted([1, 0, 2])
    let loss = model.loss
    let scale =
      isRelative
      ? [.anchorDistance: 1125, .softmaxDistance: 0.45, .crossEntropy: log(10) - 0.01][form]! : 1.0
    #expect(abs(loss.scale - scale) <= 1e-12 * scale)
    let v = loss.lyapunov.valuesAndSlopes(at: states, labels: labels).values / scale
    let found = model.violations(at: states, labels: labels, modulation: modulation)
    for image in 0..<5 {
      let slope = (v[image][3].item - v[image][1].item) / (2 * gap)
      let expected = slope + loss.stability.rate(v[image][2].item)
      #expect(abs(found[image][2].item - expected) <= 1e-5 * (abs(slope) + abs(expected)))
    }
  }

  /// Where the loss is 0 along a trajectory, V is 0 in time. A field that heads straight for the
  /// anchor at exactly the asked speed, -(α v^p + β v^q) h̃/(2v) with h̃ = h - s_y, has no loss; at
  /// nine tenths of it, it has.
  @Test("The loss is 0 for a field that arrives in time, and only if it is fast enough")
  func guarantee() throws {
    let stability = FixedTimeStability(time: 1, mu: 5)
    let loss = FixedTimeLoss(
      lyapunov: LabelLyapunov(.anchorDistance), stability: stability, isRelative: true,
      classCount: 4)
    let labels = int64([2])
    let anchor = Tensor([-15.0, -15, 15, -15], shape: [1, 1, 4])
    func velocity(_ h: Tensor) -> Tensor {
      let offset = h - anchor
      let v = (offset.squared.sum(along: 2, keeping: true) * (0.5 / loss.scale)).maximum(1e-8)
      let fall = v.power(stability.p) * stability.alpha + v.power(stability.q) * stability.beta
      return -(offset * fall / (v * 2))
    }
    let h = RandomGenerator(seed: 5).normal([1, 50, 4], deviation: 12, dtype: .float64)
    let exact = loss.violations(at: h, velocities: velocity(h), labels: labels)
    #expect(exact.magnitude.max().item < 1e-10)
    let slower = loss.violations(at: h, velocities: velocity(h) * 0.9, labels: labels)
    #expect(slower.min().item > 0)
    // With μ = 5 and v(0) = 1 the solution is v = tan(π/4 - πt/2)^5, which is 0 at T/2.
    let times = [0, 0.1, 0.3, 0.4, 0.5]
    let states = try solve(
      velocity, from: Tensor.zeros([1, 1, 4], dtype: .float64), at: times, steps: .adaptive(1e-9)
    ).states
    for (index, time) in times.enumerated() {
      let value = loss.lyapunov.valuesAndSlopes(at: states[index], labels: labels).values.item
      #expect(abs(value / loss.scale - pow(tan(.pi / 4 - .pi * time / 2), 5)) < 1e-6)
    }
  }

  @Test("The objective is cross entropy and the loss on clean and perturbed trajectories")
  func objective() throws {
    let (images, labels) = samples()
    let step = TrainingStep(seed: 0, epoch: 0, index: 4)
    func terms(_ change: (inout Settings) -> Void) throws -> (Objective, [String: Double]) {
      let objective = try build(digitsInput, change).objective(
        images: images, labels: labels, step: step)
      return (
        objective,
        Dictionary(uniqueKeysWithValues: objective.terms.map { ($0.name, $0.value.item) })
      )
    }
    let (weighted, parts) = try terms { $0.weight = 0.25 }
    #expect(
      abs(weighted.total.item - parts["cross-entropy"]! - 0.25 * parts["fixed-time"]!) < 1e-9)
    #expect(abs(weighted.classification!.item - parts["cross-entropy"]!) < 1e-12)
    let (plain, alone) = try terms { $0.weight = 0 }
    #expect(Set(alone.keys) == ["cross-entropy"] && weighted.evaluations > plain.evaluations)
    let model = try build()
    let logits = try model.trainingLogits(images)
    let expected = crossEntropy(logits: logits, labels: labels).mean().item
    #expect(abs(plain.total.item - expected) < 1e-12)
    let (_, sphere) = try terms { $0.perturbation.search = .sphere }
    #expect(sphere["fixed-time"] != parts["fixed-time"])
    #expect(parts["fixed-time"]! >= 0 && parts["violating"]! <= 1)
  }

  @Test("Its loss is a loop over the points of the trajectories")
  func loop() throws {
    let model = try build {
      $0.perturbation.search = .sphere
      $0.backbone.flow.solver = .rk4
    }
    let (images, labels) = samples()
    let step = TrainingStep(seed: 0, epoch: 0, index: 4)
    let modulation = model.backbone.modulation(images, mode: .training)
    let start = model.settings.perturbation.states(
      around: model.backbone.initialState(modulation), generator: step.generator(1)
    ) { $0 }
    var sum = 0.0
    for initial in [model.backbone.initialState(modulation), start] {
      let states = try model.backbone.flow.training(
        of: model.backbone.vectorField(modulation), from: initial
      ).states
      for time in 0..<11 {
        let velocities = model.backbone.field(states[time], modulation: modulation)
        for (image, label) in labels.integers.enumerated() {
          let h = states[time][image].differentiable()
          let value = plainValue(.anchorDistance, h, label) / 1125
          let slope = gradient(of: value, wrt: [h])[0]
          sum += max(
            0, (slope * velocities[image]).sum().item + model.loss.stability.rate(value.item))
        }
      }
    }
    let objective = try model.objective(images: images, labels: labels, step: step)
    let found = objective.terms.first { $0.name == "fixed-time" }!.value.item
    #expect(abs(found - sum / 110) < 1e-9 * found)
  }

  // MARK: Perturbations

  @Test("Perturbations have the length that is asked for, and ascent raises the loss")
  func perturbations() {
    let initial = RandomGenerator(seed: 1).normal([40, 4], dtype: .float64)
    let direction = Tensor([1.0, -2, 3, -4], shape: [1, 4])
    func offsets(_ search: SimulatedPerturbation.Search, steps: Int = 8) -> Tensor {
      var perturbation = SimulatedPerturbation()
      perturbation.search = search
      perturbation.radius = 0.2
      perturbation.steps = steps
      return perturbation.states(around: initial, generator: RandomGenerator(seed: 2)) {
        ($0 * direction).sum(along: 1)
      } - initial
    }
    let sphere = offsets(.sphere)
    #expect(largestDifference(sphere.norm(along: 1), 6) < 1e-12)  // 0.2 · 15 · √4
    #expect(sphere.mean(along: 0).magnitude.max().item < 1.5)
    for search in [SimulatedPerturbation.Search.normalized, .signed] {
      let found = offsets(search)
      #expect(found.norm(along: 1).max().item <= 6 + 1e-12)
      let gains = ((found - sphere) * direction).sum(along: 1)
      #expect(gains.min().item > -1e-9 && gains.mean().item > 10)
    }
    // Along a constant gradient, small steps go straight through the ball, 2ε in all, and where
    // they meet the sphere slide along it: tan(θ/2) falls by e^(-s/ε) over the length s.
    let found = offsets(.normalized, steps: 4000)
    func cosines(_ x: Tensor) -> [Double] {
      ((x * direction).sum(along: 1) / (x.norm(along: 1) * direction.norm)).doubles
    }
    for (before, after) in zip(cosines(sphere), cosines(found)) {
      let slide = 2 * (1 - max(0, -before))
      let angle = 2 * atan(tan(acos(abs(before)) / 2) * exp(-slide))
      #expect(abs(acos(after) - angle) < 5e-3)
    }
  }

  @Test("Settings that cannot be used are refused by name")
  func refusals() {
    let refusals: [(String, (inout Settings) -> Void)] = [
      ("backbone.features.dimension", { $0.backbone.features.dimension = 2 }),
      ("backbone.features.extractor", { $0.backbone.features.extractor = .points }),
      ("backbone.gain", { $0.backbone.gain = .infinity }),
      ("lyapunov.threshold", { $0.lyapunov.threshold = 0.7 }),
      ("stability.time", { $0.stability.time = 0 }), ("stability.mu", { $0.stability.mu = 1 }),
      ("perturbation.radius", { $0.perturbation.radius = 0 }),
      ("perturbation.steps", { $0.perturbation.steps = 0 }), ("weight", { $0.weight = -1 }),
    ]
    for (setting, change) in refusals {
      let error = #expect(throws: SettingsError.self) { _ = try build(digitsInput, change) }
      #expect(error?.setting == setting)
    }
  }
}
