import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Variants of the Neural ODE")
struct NeuralODEVariantTests {
  private let step = TrainingStep(seed: 0, epoch: 3, index: 5, progress: 0.5)

  @Test("ANODE starts at 0 in its extra dimensions and moves in them")
  func extraDimensions() throws {
    var settings = ANODEMethod.defaults(for: digitsInput)
    settings.extraDimensions = 7
    let model = try ANODEMethod.build(
      settings, input: digitsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
      device: .cpu)
    let outputs = try model.trained().outputs(batch(digitsInput).0)
    let (initial, final) = (outputs["features"]!, outputs["state"]!)
    #expect(initial.shape == [12, 71] && final.shape == [12, 71])
    #expect(initial.sliced(64..<71, along: 1).magnitude.max().item == 0)
    #expect(final.sliced(64..<71, along: 1).magnitude.min().item > 0)
    #expect(model.state.tensors["dynamics.0.weight"]!.shape == [256, 71])
    #expect(model.state.tensors["head.weight"]!.shape == [10, 71])
  }

  @Test("Adjoint gradients of a solver that needs the field's Jacobian are refused before training")
  func adjointOfStiffSolver() throws {
    var settings = NeuralODEMethod.defaults(for: pointsInput)
    settings.gradients = .adjoint
    settings.backbone.flow.solver = try #require(Flow.Solver(rawValue: "rodas4"))
    let error = #expect(throws: SettingsError.self) {
      _ = try NeuralODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
        device: .cpu)
    }
    let said = try #require(error).description
    #expect(said.contains("backbone.flow.solver: expected adaptive-heun, bosh3, dopri5 or dopri8"))
    #expect(said.contains("found rodas4"))
  }

  @Test("Without extra dimensions ANODE is the plain Neural ODE")
  func noExtraDimensions() throws {
    var settings = ANODEMethod.defaults(for: pointsInput)
    settings.extraDimensions = 0
    func build<M: Methods.Method>(_ method: M.Type, _ settings: M.Settings) throws
      -> Tensor
    {
      let model = try M.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
        device: .cpu)
      let (points, labels) = batch(pointsInput)
      return try model.objective(images: points, labels: labels, step: step).total
    }
    #expect(
      areIdentical(
        try build(ANODEMethod.self, settings),
        try build(NeuralODEMethod.self, NeuralODEMethod.defaults(for: pointsInput))))
  }

  /// A TisODE whose field is constant, f = b: |f| integrates to |b| times the length of time.
  @Test(
    "The steady-state term is the path length in the 1-norm", arguments: [[1.0, 2.0], [0.9, 1.5]])
  func motion(_ interval: [Double]) throws {
    var settings = TisODEMethod.defaults(for: pointsInput)
    settings.interval = interval
    settings.steadiness = 2
    settings.backbone.flow.horizon = 3
    let model = try TisODEMethod.build(
      settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float64,
      device: .cpu)
    let tensors = model.state.tensors
    tensors["dynamics.2.weight"]!.assign(.zeros([2, 64], dtype: .float64))
    tensors["dynamics.2.bias"]!.assign(Tensor([-3.0, 1.0]))
    let (points, labels) = batch(pointsInput)
    let objective = try model.objective(
      images: points.to(.float64), labels: labels, step: step)
    let motion = objective.terms.first { $0.name == "motion" }!.value.item
    #expect(abs(motion - 2 * 3 * (interval[1] - interval[0])) < 1e-9)
    let rest = objective.total.item - objective.classification!.item
    #expect(abs(rest - 2 * motion) < 1e-9)
  }

  @Test("The steady-state term waits for the warm-up")
  func warmup() throws {
    var settings = TisODEMethod.defaults(for: pointsInput)
    settings.warmup = 0.6
    let model = try TisODEMethod.build(
      settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
      device: .cpu)
    let (points, labels) = batch(pointsInput)
    let objective = try model.objective(images: points, labels: labels, step: step)
    #expect(objective.terms.map(\.name) == ["cross-entropy"])
  }

  @Test("Refusals name the setting")
  func refusals() {
    func message(_ build: () throws -> any TrainableClassifier) -> String {
      do {
        _ = try build()
        return ""
      } catch { return "\(error)" }
    }
    var steady = TisODEMethod.defaults(for: pointsInput)
    steady.interval = [1, 0.5]
    #expect(
      message {
        try TisODEMethod.build(
          steady, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
          device: .cpu)
      }.hasPrefix("model.interval: expected two numbers"))
    var augmented = ANODEMethod.defaults(for: pointsInput)
    augmented.extraDimensions = -1
    #expect(
      message {
        try ANODEMethod.build(
          augmented, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
          device: .cpu)
      }.hasPrefix("model.extraDimensions: expected an integer from 0"))
  }

  @Test(
    "Each activation's field has a slope that finite differences confirm",
    arguments: Activation.allCases)
  func activations(_ activation: Activation) {
    let field = PerceptronField(
      dimension: 3, hidden: 5, activation: activation, generator: RandomGenerator(seed: 4),
      dtype: .float64)
    let h = RandomGenerator(seed: 5).normal([2, 3], dtype: .float64)
    let weights = RandomGenerator(seed: 6).normal([2, 3], dtype: .float64)
    let leaf = h.differentiable()
    let slope = gradient(of: (field(leaf) * weights).sum(), wrt: [leaf])[0]
    let reference = centralDifferences(at: h) { (field($0) * weights).sum().item }
    #expect(largestDifference(slope, reference) < 1e-8)
  }

  @Test("Half-Swish is x σ(x) to the right of 0 and 0 to its left")
  func halfSwish() {
    let y = Activation.halfSwish(Tensor([-2.0, -0.1, 0, 0.5, 3])).doubles
    let expected: [Double] = [
      0, 0, 0, 0.5 / (1 + Foundation.exp(-0.5)), 3 / (1 + Foundation.exp(-3.0)),
    ]
    for (a, b) in zip(y, expected) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("Widths other than the published one need ResNet-18")
  func width() throws {
    var settings = ResNet18Method.defaults(for: digitsInput)
    settings.width = 16
    #expect(throws: SettingsError.self) {
      try ResNet18Method.build(
        settings, input: digitsInput, generator: RandomGenerator(seed: 0), dtype: .float32,
        device: .cpu)
    }
    settings.extractor = .resnet18
    let model = try ResNet18Method.build(
      settings, input: digitsInput, generator: RandomGenerator(seed: 0), dtype: .float32,
      device: .cpu)
    #expect(model.state.tensors["extractor.layer4.1.conv2.weight"]!.shape == [128, 128, 3, 3])
  }

  @Test("Checkpointed and adjoint gradients are the direct ones, exactly and up to the tolerance")
  func gradientModes() throws {
    func slopes(_ gradients: Flow.Gradients) throws -> [Tensor] {
      var settings = ANODEMethod.defaults(for: pointsInput)
      settings.gradients = gradients
      settings.field.time = .fourier
      settings.extraDimensions = 2
      settings.backbone.flow.trainingTolerance = 1e-9
      let model = try ANODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float64,
        device: .cpu)
      let (points, labels) = batch(pointsInput)
      let objective = try model.objective(
        images: points.to(.float64), labels: labels, step: step)
      return gradient(of: objective.total, wrt: model.parameters)
    }
    let direct = try slopes(.direct)
    for (mode, bound) in [(Flow.Gradients.checkpointed, 1e-12), (.adjoint, 1e-4)] {
      for (found, expected) in zip(try slopes(mode), direct) {
        #expect(relativeError(found, expected) < bound, "\(mode)")
      }
    }
  }
}
