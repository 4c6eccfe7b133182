import Foundation
import Methods
import NeuralNetworks
import Tensors
import TestSupport
import Testing

let digitsInput = ModelInput(shape: [1, 8, 8], classCount: 10)
let pointsInput = ModelInput(shape: [2], classCount: 3)

/// A method with its default settings, whatever their type.
struct BuiltMethod: CustomTestStringConvertible, Sendable {
  let name: String
  let build: @Sendable (ModelInput, UInt64) throws -> any TrainableClassifier
  let roundTrips: @Sendable (ModelInput) throws -> Bool
  var testDescription: String { name }

  static let all = MethodCatalog.all.map { make($0) }

  private static func make<M: Methods.Method>(_ method: M.Type) -> BuiltMethod {
    BuiltMethod(
      name: M.name,
      build: { input, seed in
        try M.build(
          M.defaults(for: input), input: input, generator: RandomGenerator(seed: seed),
          dtype: .float32, device: .cpu)
      },
      roundTrips: { input in
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let written = try encoder.encode(M.defaults(for: input))
        let read = try JSONDecoder().decode(M.Settings.self, from: written)
        return try encoder.encode(read) == written && written.count > 2
      })
  }
}

/// A batch of random images or points.
func batch(_ input: ModelInput, count: Int = 12, seed: UInt64 = 0) -> (Tensor, Tensor) {
  let images = RandomGenerator(seed: seed, keys: 8).uniform([count] + input.shape)
  return (images, int64((0..<count).map { $0 % input.classCount }))
}

@Suite("Methods")
struct MethodTests {
  static let inputs = [digitsInput, pointsInput]
  private let step = TrainingStep(seed: 3, epoch: 1, index: 7)

  @Test("They are found by name")
  func catalog() {
    #expect(Set(MethodCatalog.all.map { $0.name }).count == MethodCatalog.all.count)
    for method in MethodCatalog.all {
      #expect(MethodCatalog.method(named: method.name) == method)
      #expect(!method.summary.isEmpty && !method.summary.contains("\n"))
      #expect(!method.reference.isEmpty && !method.reference.contains("\n"))
    }
    #expect(MethodCatalog.method(named: "zubov") == nil)
  }

  @Test(
    "In each phase the objective is finite and reaches every parameter that learns",
    arguments: BuiltMethod.all, inputs)
  func objective(_ method: BuiltMethod, _ input: ModelInput) throws {
    let model = try method.build(input, 0)
    let (images, labels) = batch(input)
    for (index, phase) in model.phases.enumerated() where phase.share > 0 {
      let step = TrainingStep(seed: 3, epoch: 1, index: 7, phase: index, progress: 0.5)
      let objective = try model.objective(images: images, labels: labels, step: step)
      #expect(objective.total.count == 1 && objective.total.item.isFinite)
      for (name, value) in objective.terms { #expect(value.item.isFinite, "\(name)") }
      let entries = phase.trained(of: model.state).entries
      #expect(!entries.isEmpty, "\(phase.name)")
      let slopes = optionalGradient(of: objective.total, wrt: entries.map(\.tensor))
      for (entry, slope) in zip(entries, slopes) {
        let slope = try #require(slope, "\(entry.name) has no gradient in \(phase.name)")
        #expect(slope.shape == entry.tensor.shape, "\(entry.name)")
        #expect(slope.isFinite.all().item == 1, "\(entry.name)")
        #expect(slope.norm.item > 0, "\(entry.name)")
      }
    }
  }

  @Test("The same seed gives the same bits", arguments: BuiltMethod.all, inputs)
  func determinism(_ method: BuiltMethod, _ input: ModelInput) throws {
    func run(_ seed: UInt64) throws -> [[UInt8]] {
      let model = try method.build(input, seed)
      let (images, labels) = batch(input)
      let objective = try model.objective(images: images, labels: labels, step: step)
      let slopes = gradient(of: objective.total, wrt: model.parameters)
      return ([objective.total] + slopes + model.state.entries.map(\.tensor)).map(\.bytes)
    }
    let first = try run(0)
    #expect(try run(0) == first)
    #expect(try run(1) != first)
  }

  @Test(
    "Training's scores are recorded, finite and of the objective's model",
    arguments: BuiltMethod.all, inputs)
  func trainingLogits(_ method: BuiltMethod, _ input: ModelInput) throws {
    let model = try method.build(input, 0)
    let (images, _) = batch(input)
    let leaf = images.differentiable()
    let logits = try model.trainingLogits(leaf)
    #expect(logits.shape == [12, input.classCount] && logits.isFinite.all().item == 1)
    let slope = gradient(of: logits.softmax(along: 1)[0].max(), wrt: [leaf])[0]
    #expect(slope.isFinite.all().item == 1 && slope.norm.item > 0)
  }

  @Test("A step of descent lowers the objective", arguments: BuiltMethod.all, inputs)
  func descent(_ method: BuiltMethod, _ input: ModelInput) throws {
    let model = try method.build(input, 0)
    let (images, labels) = batch(input)
    func loss() throws -> Tensor {
      try model.objective(images: images, labels: labels, step: step).total
    }
    let before = try loss()
    let slopes = gradient(of: before, wrt: model.parameters)
    let square = slopes.map { $0.squared.sum().item }.reduce(0, +)
    for (parameter, slope) in zip(model.parameters, slopes) {
      parameter.assign(parameter.detached - slope * (0.01 / square))
    }
    model.restoreConstraints()
    #expect(try loss().item < before.item)
  }

  @Test("Settings survive JSON", arguments: BuiltMethod.all, inputs)
  func settings(_ method: BuiltMethod, _ input: ModelInput) throws {
    #expect(try method.roundTrips(input))
  }

  @Test(
    "In use a model gives scores for every image, whatever its batch",
    arguments: BuiltMethod.all, inputs)
  func use(_ method: BuiltMethod, _ input: ModelInput) throws {
    let trained = try method.build(input, 0).trained()
    let (images, _) = batch(input)
    let logits = try trained.logits(images)
    #expect(logits.shape == [12, input.classCount] && trained.classCount == input.classCount)
    let outputs = try trained.outputs(images)
    #expect(areIdentical(outputs["logits"]!, logits))
    let hasDynamics = try trained.solution(images) != nil
    #expect(outputs.keys.contains("state") == hasDynamics)
    #expect(outputs.keys.contains("features") == hasDynamics)
    #expect(outputs.keys.contains("lyapunov") || trained.geometry == nil)
    #expect(
      try trained.predictions(images).integers
        == (outputs["lyapunov"].map { -$0 } ?? logits).argMax(along: 1).integers)
    // Kernels round by batch size, and steps follow; steps of a whole batch differ by far more.
    let alone = try trained.logits(images.sliced(3..<4))
    #expect(relativeError(alone, logits.sliced(3..<4)) <= 5e-5)
    #expect(trained.scoreFunctions.first?.name == "logits")
    let leaf = images.differentiable()
    for function in trained.scoreFunctions {
      let slope = gradient(of: try function.scores(leaf).sum(), wrt: [leaf])[0]
      #expect(slope.isFinite.all().item == 1 && slope.norm.item > 0, "\(function.name)")
    }
  }

  @Test("A trained model's use does not depend on recording, and its weights are constants")
  func recording() throws {
    let model = try ZubovNetMethod.build(
      ZubovNetMethod.defaults(for: pointsInput), input: pointsInput,
      generator: RandomGenerator(seed: 0), dtype: .float32, device: .cpu)
    let trained = model.trained()
    let (images, _) = batch(pointsInput)
    let recorded = try trained.logits(images)
    #expect(areIdentical(recorded, try withoutGradients { try trained.logits(images) }))
    let convex = model.state.entries.filter { $0.name.hasPrefix("lyapunov.") }.map(\.tensor)
    #expect(convex.count == 28)
    let values = try trained.outputs(images)["lyapunov"]!
    let field = model.state.tensors["dynamics.0.weight"]!
    let slopes = optionalGradient(of: values.sum(), wrt: convex + [field])
    #expect(slopes.dropLast().allSatisfy { $0 == nil })
  }
}
