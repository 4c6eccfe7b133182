import DifferentialEquations
import Foundation
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@testable import Methods

@Suite("SODEF")
struct SODEFTests {
  private let step = TrainingStep(seed: 0, epoch: 3, index: 5, progress: 0.5)

  private func model(
    _ input: ModelInput = digitsInput, dtype: DType = .float32,
    _ change: (inout SODEFMethod.Settings) -> Void = { _ in }
  ) throws -> any TrainableClassifier {
    var settings = SODEFMethod.defaults(for: input)
    change(&settings)
    return try SODEFMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 1), dtype: dtype, device: .cpu)
  }

  private func field(_ hidden: [Int], _ isFinallyActivated: Bool, seed: UInt64) -> SineField {
    SineField(
      dimension: 4, hidden: hidden, isFinallyActivated: isFinallyActivated,
      generator: RandomGenerator(seed: seed), dtype: .float64)
  }

  /// Each form of the field: one layer, two with and without a last sine, three.
  static let forms: [(hidden: [Int], isFinallyActivated: Bool)] = [
    ([], true), ([7], true), ([7], false), ([7, 6], true),
  ]

  @Test("The fields are the formulas, written out")
  func formula() {
    let h = RandomGenerator(seed: 2).normal([3, 4], dtype: .float64)
    func layer(_ field: SineField, _ name: String, _ x: Tensor) -> Tensor {
      let tensors = field.state.tensors
      return x.matmul(tensors["\(name).weight"]!.transposed) + tensors["\(name).bias"]!
    }
    let single = field([], true, seed: 3)
    #expect(largestDifference(single(h), (-layer(single, "0", h)).sin) < 1e-14)
    let double = field([7], true, seed: 3)
    let inner = (-layer(double, "0", h)).sin
    #expect(largestDifference(double(h), (-layer(double, "2", inner)).sin) < 1e-14)
    let open = field([7], false, seed: 3)
    #expect(largestDifference(open(h), layer(open, "2", inner)) < 1e-14)
  }

  @Test("The Jacobian in closed form is that of automatic differentiation", arguments: forms)
  func jacobian(_ form: (hidden: [Int], isFinallyActivated: Bool)) {
    let field = field(form.hidden, form.isFinallyActivated, seed: 4)
    let h = RandomGenerator(seed: 5).normal([6, 4], deviation: 2, dtype: .float64).differentiable()
    let found = field.jacobians(at: h)
    #expect(found.shape == [6, 4, 4])
    let velocity = field(h)
    for i in 0..<4 {
      let row = gradient(
        of: velocity.sliced(i..<i + 1, along: 1).sum(), wrt: [h], retaining: true)[0]
      #expect(largestDifference(found.sliced(i..<i + 1, along: 1).squeezed(1), row) < 1e-14)
    }
  }

  @Test("The gradient of the regularisers is what central differences find", arguments: forms)
  func regularizerGradient(_ form: (hidden: [Int], isFinallyActivated: Bool)) {
    let field = field(form.hidden, form.isFinallyActivated, seed: 6)
    let h = RandomGenerator(seed: 7).normal([3, 4], dtype: .float64).differentiable()
    let regularizer = StabilityRegularizer(.init())
    func loss() -> Tensor {
      let terms = regularizer.terms(velocities: field(h), jacobians: field.jacobians(at: h))
      return terms.equilibrium * 1e-3 + terms.diagonal + terms.dominance!
    }
    let inputs = [h] + field.parameters
    let slopes = gradient(of: loss(), wrt: inputs)
    for (input, slope) in zip(inputs, slopes) {
      let center = input.detached + 0
      let expected = centralDifferences(at: center) {
        input.assign($0)
        return loss().item
      }
      input.assign(center)
      #expect(relativeError(slope, expected) < 1e-7)
    }
  }

  @Test("J = -I gives R_diag = 1 and R_off = 1; f = 0 gives R_f = 0")
  func identity() {
    let jacobians = -Tensor.identity(5, dtype: .float64).unsqueezed(0).expanded([3, 5, 5])
    let terms = StabilityRegularizer(.init()).terms(
      velocities: .zeros([3, 5], dtype: .float64), jacobians: jacobians)
    #expect(terms.equilibrium.item == 0)
    #expect(abs(terms.diagonal.item - 1) < 1e-15)
    #expect(abs(terms.dominance!.item - 1) < 1e-15)
  }

  @Test("Each constant and the direction of dominance are where the formulas have them")
  func constants() {
    // Columns: |3| beside |-2| and 0 beside |-1|. Rows: 0 beside |-2| and |3| beside |-1|.
    let jacobians = Tensor([-2.0, 0, 3, -1], shape: [1, 2, 2])
    let velocities = Tensor([0.5, -0.25], shape: [1, 2])
    var settings = StabilityRegularizer.Settings()
    settings.equilibriumScale = 4
    settings.diagonalExponent = 0.5
    settings.diagonalMargin = 0.25
    settings.dominanceExponent = 0.2
    settings.dominanceMargin = 0.75
    func terms() -> StabilityRegularizer.Terms {
      StabilityRegularizer(settings).terms(velocities: velocities, jacobians: jacobians)
    }
    #expect(abs(terms().equilibrium.item - (4.0 + 1) / 2) < 1e-14)
    #expect(abs(terms().diagonal.item - (exp(0.5 * -1.75) + exp(0.5 * -0.75)) / 2) < 1e-14)
    #expect(abs(terms().dominance!.item - (exp(0.2 * 1.75) + exp(0.2 * -0.25)) / 2) < 1e-14)
    settings.dominance = .rows
    #expect(abs(terms().dominance!.item - (exp(0.2 * -1.25) + exp(0.2 * 2.75)) / 2) < 1e-14)
  }

  @Test(
    "With probes R_diag is that of estimated diagonals, with the gradient of central differences")
  func probes() {
    let field = field([7], true, seed: 11)
    let h = RandomGenerator(seed: 12).normal([3, 4], dtype: .float64)
    var settings = StabilityRegularizer.Settings()
    settings.probes = 2
    settings.diagonalExponent = 0.5
    let regularizer = StabilityRegularizer(settings)
    func terms() -> StabilityRegularizer.Terms {
      regularizer.terms(of: field, at: h, generator: RandomGenerator(seed: 13))
    }
    let probes = HutchinsonEstimate.probes(2, like: h, generator: RandomGenerator(seed: 13))
    let estimates = probes.map { probe in
      probe * field.jacobians(at: h).matmul(probe.unsqueezed(2)).squeezed(2)
    }
    let expected = (((estimates[0] + estimates[1]) / 2 + 1) * 0.5).exp.mean().item
    #expect(abs(terms().diagonal.item - expected) < 1e-13)
    #expect(terms().dominance == nil && terms().named.count == 2)
    #expect(abs(terms().equilibrium.item - (field(h) * 50).squared.mean().item) < 1e-12)
    let weights = StabilityRegularizer.Weights(equilibrium: 0, diagonal: 3, dominance: 0)
    #expect(abs(terms().weighted(weights).item - 3 * expected) < 1e-12)
    let weight = field.parameters[0]
    let slope = gradient(of: terms().diagonal, wrt: [weight])[0]
    #expect(
      largestDifference(slope, centralDifferences(moving: weight) { terms().diagonal }) < 1e-7)
  }

  /// e^{tJ} by squaring: (1 + tJ/2^k)^(2^k).
  private func exponential(_ jacobian: Tensor, time: Double) -> Tensor {
    var power =
      Tensor.identity(jacobian.shape[0], dtype: .float64) + jacobian * (time / 0x1p20)
    for _ in 0..<20 { power = power.matmul(power) }
    return power
  }

  @Test(
    "Where R_diag and R_off are small, all eigenvalues have negative real parts",
    arguments: StabilityRegularizer.Dominance.allCases)
  func gershgorin(_ dominance: StabilityRegularizer.Dominance) {
    let size = 4
    var settings = StabilityRegularizer.Settings()
    settings.dominance = dominance
    settings.dominanceExponent = 1
    let regularizer = StabilityRegularizer(settings)
    var counts = [true: 0, false: 0]
    var unstable = 0
    for seed in 0..<200 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let jacobian =
        generator.normal([size, size], dtype: .float64)
        - Tensor.identity(size, dtype: .float64) * (Double(seed % 10))
      let terms = regularizer.terms(
        velocities: .zeros([1, size], dtype: .float64), jacobians: jacobian.unsqueezed(0))
      // No single term of a mean exceeds the mean times their number: below these bounds every
      // J_ii is negative and every diagonal dominant.
      let isSmall =
        Double(size) * terms.diagonal.item < exp(1)
        && Double(size) * terms.dominance!.item < exp(1)
      counts[isSmall]! += 1
      let remains = exponential(jacobian, time: 200).magnitude.max().item
      if isSmall { #expect(remains < 1e-6) }
      if !(remains < 1) { unstable += 1 }
    }
    #expect(counts[true]! > 10 && counts[false]! > 10 && unstable > 10)
  }

  @Test("A field trained by the regularisers alone has stable equilibria at the features")
  func training() throws {
    let features = RandomGenerator(seed: 8).uniform([3, 4], in: -1..<1, dtype: .float64)
    let field = field([64], true, seed: 9)
    let regularizer = StabilityRegularizer(.init())
    let adam = Adam(field.state, learningRate: 1e-2)
    func terms() -> StabilityRegularizer.Terms {
      regularizer.terms(velocities: field(features), jacobians: field.jacobians(at: features))
    }
    /// The least that a Gershgorin disc stays left of 0, over samples and columns.
    func distance() -> Double {
      let jacobians = field.jacobians(at: features).detached
      let diagonal = (jacobians * Tensor.identity(4, dtype: .float64)).sum(along: 2)
      return (diagonal.magnitude - diagonal * 2 - jacobians.magnitude.sum(along: 1)).min().item
        * 0.5
    }
    func end(from initial: Tensor) throws -> Tensor {
      try solve({ field($0) }, from: initial, at: [0, 20], steps: .adaptive(1e-6)).finalState
    }
    let offset = RandomGenerator(seed: 10).normal([3, 4], deviation: 0.01, dtype: .float64)
    /// How far apart trajectories from either side of the features end.
    func spread() throws -> Double {
      try largestDifference(end(from: features + offset), end(from: features - offset))
    }
    func drift() throws -> Double { try largestDifference(end(from: features), features) }
    let before = (spread: try spread(), drift: try drift())
    #expect(distance() < 0)
    for index in 0..<800 {
      adam.learningRate = index < 400 ? 1e-2 : 1e-3
      let terms = terms()
      adam.step(
        gradients: gradient(
          of: terms.equilibrium * 0.2 + terms.diagonal * 10 + terms.dominance! * 10,
          wrt: field.parameters))
    }
    #expect(distance() > 0)
    #expect(try spread() < 0.1 * min(before.spread, offset.magnitude.max().item * 2))
    #expect(try drift() < before.drift / 10)
  }

  @Test("The fixed head has unit rows as far apart as they can be, and is a buffer")
  func fixedHead() throws {
    let model = try model()
    let entry = model.state.entries.first { $0.name == "fixed_head.weight" }!
    #expect(!entry.isParameter && entry.tensor.shape == [10, 64])
    #expect(abs(Equilibria.maximalCosine(entry.tensor) + 1 / 9.0) < 1e-6)
    #expect(largestDifference(entry.tensor.norm(along: 1), 1) < 1e-6)
    #expect(model.state.tensors["head.weight"] == nil)
  }

  @Test("The joint objective is the cross entropy and the weighted regularisers")
  func joint() throws {
    let (images, labels) = batch(digitsInput)
    let model = try model(digitsInput, dtype: .float64)
    let whole = try model.objective(images: images.to(.float64), labels: labels, step: step)
    let terms = Dictionary(uniqueKeysWithValues: whole.terms.map { ($0.name, $0.value.item) })
    let expected =
      terms["cross-entropy"]! + 0.1 * terms["equilibrium"]! + 0.05 * terms["diagonal"]!
      + 0.05 * terms["dominance"]!
    #expect(abs(whole.total.item - expected) < 1e-12)
    #expect(whole.classification!.item == terms["cross-entropy"]!)
    let logits = try model.trainingLogits(images.to(.float64))
    #expect(
      abs(crossEntropy(logits: logits, labels: labels).mean().item - terms["cross-entropy"]!)
        < 1e-12)
    // Bounded: tanh of the raw features.
    let raw = try self.model(digitsInput, dtype: .float64) { $0.boundedFeatures = false }
    let features = try [raw, model].map {
      try $0.trained().outputs(images.to(.float64))["features"]!
    }
    #expect(largestDifference(features[0].tanh, features[1]) < 1e-14)
  }

  @Test("The sampled Jacobians are other ones in every step, the same in a repeated one")
  func sampling() throws {
    let (images, labels) = batch(digitsInput)
    let model = try model { $0.regularizer.samples = 2 }
    func diagonal(_ index: Int) throws -> Double {
      let step = TrainingStep(seed: 0, epoch: 0, index: index)
      return try model.objective(images: images, labels: labels, step: step)
        .terms.first { $0.name == "diagonal" }!.value.item
    }
    let values = try (0..<6).map(diagonal)
    #expect(try (0..<6).map(diagonal) == values)
    #expect(Set(values).count > 3)
  }

  @Test(
    "Each of three phases reaches what it trains alone; statistics move in the first",
    arguments: 0..<3)
  func phases(_ index: Int) throws {
    let model = try model(digitsInput) {
      $0.recipe = .threePhase
      $0.features.extractor = .resnet18
      $0.features.width = 4
    }
    #expect(model.phases.map(\.name) == ["features", "field", "classifier"])
    #expect(model.phases.map(\.share) == [25, 15, 5])
    let phase = model.phases[index]
    let (images, labels) = batch(digitsInput)
    let before = model.state.entries.map { $0.tensor.bytes }
    let objective = try model.objective(
      images: images, labels: labels,
      step: TrainingStep(seed: 0, epoch: 0, index: 0, phase: index))
    let changed = zip(model.state.entries, before).filter { $0.tensor.bytes != $1 }.map(\.0.name)
    #expect(changed.isEmpty == (index > 0))
    #expect(changed.allSatisfy { $0.contains("running") })
    #expect((objective.evaluations == 0) == (index < 2))
    #expect((objective.classification == nil) == (index < 2))
    let learning = Set(phase.trained(of: model.state).entries.map(\.name))
    let parameters = model.state.entries.filter(\.isParameter)
    let slopes = optionalGradient(of: objective.total, wrt: parameters.map(\.tensor))
    for (entry, slope) in zip(parameters, slopes) {
      #expect((slope != nil) == learning.contains(entry.name), "\(entry.name)")
      if let slope { #expect(slope.norm.item > 0 && slope.norm.item.isFinite, "\(entry.name)") }
    }
  }

  @Test("The third phase sees the scores of the model in use")
  func classifier() throws {
    let model = try model(pointsInput) {
      $0.recipe = .threePhase
      $0.flow.horizon = 5
    }
    let (points, labels) = batch(pointsInput)
    let objective = try model.objective(
      images: points, labels: labels,
      step: TrainingStep(seed: 0, epoch: 0, index: 0, phase: 2))
    let logits = try model.trained().logits(points)
    #expect(
      abs(objective.total.item - crossEntropy(logits: logits, labels: labels).mean().item) < 1e-6)
  }

  @Test("Refusals name the setting")
  func refusals() {
    func setting(_ change: (inout SODEFMethod.Settings) -> Void) -> String? {
      do {
        _ = try model(pointsInput, change)
        return nil
      } catch { return (error as? SettingsError)?.setting }
    }
    #expect(setting { $0.field.hidden = [0] } == "field.hidden")
    #expect(
      setting {
        $0.field.hidden = []
        $0.field.finalActivation = false
      } == "field.finalActivation")
    #expect(setting { $0.field.hidden = [] } == nil)
    #expect(setting { $0.regularizer.samples = 0 } == "regularizer.samples")
    #expect(setting { $0.joint.dominance = -1 } == "joint.dominance")
    #expect(setting { $0.regularizer.probes = 1 } == "joint.dominance")
    #expect(
      setting {
        $0.regularizer.probes = 1
        $0.joint.dominance = 0
      } == nil)
    #expect(
      setting {
        $0.regularizer.probes = 1
        $0.recipe = .threePhase
        $0.joint.dominance = 0
      } == "threePhase.weights.dominance")
    #expect(setting { $0.threePhase.weights.diagonal = .nan } == "threePhase.weights.diagonal")
    #expect(setting { $0.threePhase.field.share = -1 } == "threePhase.field.share")
    #expect(
      setting { $0.threePhase.classifier.learningRateFactor = 0 }
        == "threePhase.classifier.learningRateFactor")
    #expect(setting { $0.flow.horizon = 0 } == "flow.horizon")
    #expect(setting { $0.features.dimension = 0 } == "features.dimension")
  }
}
