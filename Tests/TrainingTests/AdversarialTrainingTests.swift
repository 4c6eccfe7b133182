import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct AdversarialTrainingTests {
  static let names = AdversarialObjectiveCatalog.entries.map(\.name)
  private let step = TrainingStep(seed: 3, epoch: 1, index: 7)

  private func objective(_ name: String) throws -> any AdversarialObjective {
    var settings = AdversarialSettings()
    settings.objective = name
    settings.epsilon = "0.1"
    settings.stepSize = "1/40"
    return try #require(try AdversarialObjectiveCatalog.objective(settings))
  }

  private var batch: (images: Tensor, labels: Tensor) {
    let images = RandomGenerator(seed: 1).uniform([12, 1, 8, 8])
    return (images, Tensor((0..<12).map { Int64($0 % 10) }))
  }

  private func linear() throws -> LinearClassifier {
    LinearClassifier(
      try .resolved([]), input: ModelInput(shape: [1, 8, 8], classCount: 10))
  }

  /// x' as the wrapper must find them.
  private func perturbed(
    _ objective: any AdversarialObjective, _ model: any TrainableClassifier
  ) throws -> Tensor {
    try objective.maximization.perturbed(
      LabelledImages(images: batch.images, labels: batch.labels.integers, classCount: 10),
      against: model.trained(), seed: step.seed, step: step.index)
  }

  private func isClose(_ a: Tensor, _ b: Double) -> Bool { abs(a.item - b) < 1e-5 * abs(b) }

  private func value(_ name: String, of objective: Objective) -> Double? {
    objective.terms.first { $0.name == name }?.value.item
  }

  // MARK: The three objectives

  @Test("pgd-at is the method's whole objective on perturbed images")
  func pgd() throws {
    let (model, adversarial) = (try linear(), try objective("pgd-at"))
    let found = try AdversarialTraining(of: model, by: adversarial)
      .objective(images: batch.images, labels: batch.labels, step: step)
    let moved = try perturbed(adversarial, model)
    let own = try model.objective(images: moved, labels: batch.labels, step: step)
    #expect(found.total.item == own.total.item)
    #expect(found.classification?.item == own.classification?.item)
    #expect(
      found.terms.map(\.name) == ["classification", "penalty", "adversarial_accuracy"])
    let right = (model.logits(moved).argMax(along: 1) .== batch.labels).to(.float64).mean()
    #expect(abs(value("adversarial_accuracy", of: found)! - right.item) < 1e-6)
  }

  @Test("trades is the method's objective on clean images and the divergence")
  func trades() throws {
    let (model, adversarial) = (try linear(), try objective("trades"))
    let found = try AdversarialTraining(of: model, by: adversarial)
      .objective(images: batch.images, labels: batch.labels, step: step)
    let own = try model.objective(images: batch.images, labels: batch.labels, step: step)
    let divergence = TRADES.divergence(
      clean: model.logits(batch.images), perturbed: model.logits(try perturbed(adversarial, model))
    ).mean().item
    #expect(divergence > 1e-4)
    #expect(isClose(found.total, own.total.item + 6 * divergence))
    #expect(found.classification?.item == own.classification?.item)
    #expect(abs(value("robust", of: found)! - divergence) < 1e-6)
    let parts = gradient(of: found.total, wrt: model.parameters)
    #expect(parts.allSatisfy { $0.isFinite.all().item == 1 && $0.norm.item > 0 })
  }

  @Test("mart puts its own loss of perturbed images in the place of the classification")
  func mart() throws {
    let (model, adversarial) = (try linear(), try objective("mart"))
    let found = try AdversarialTraining(of: model, by: adversarial)
      .objective(images: batch.images, labels: batch.labels, step: step)
    let own = try model.objective(images: batch.images, labels: batch.labels, step: step)
    let scores = (
      model.logits(batch.images), model.logits(try perturbed(adversarial, model))
    )
    let boosted = MART.boostedCrossEntropy(scores.1, labels: batch.labels).mean().item
    let weighted = MART.weightedDivergence(
      clean: scores.0, perturbed: scores.1, labels: batch.labels
    ).mean().item
    let rest = own.total.item - own.classification!.item
    #expect(rest > 0)
    #expect(isClose(found.total, rest + boosted + 5 * weighted))
    #expect(abs(found.classification!.item - boosted) < 1e-5)
    #expect(abs(value("robust", of: found)! - weighted) < 1e-6)
  }

  // MARK: Methods without a classification

  /// A model whose objective does not judge scores, with phases of all or of a part of it.
  private struct Unjudged: TrainableClassifier {
    let model: LinearClassifier
    let phases: [TrainingPhase]
    var state: ModuleState { model.state }

    func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
      let loss = model.logits(images).squared.mean()
      return Objective(total: loss, classification: nil, terms: [("size", loss)], evaluations: 1)
    }
    func trainingLogits(_ images: Tensor) throws -> Tensor { model.logits(images) }
    func trained() -> any TrainedClassifier { model }
  }

  @Test(
    "A phase of a part of the model without a classification is left as it is", arguments: names)
  func partial(name: String) throws {
    let model = Unjudged(
      model: try linear(), phases: [TrainingPhase("all"), TrainingPhase("b", parameters: ["bias"])])
    let wrapped = AdversarialTraining(of: model, by: try objective(name))
    let step = TrainingStep(seed: 3, epoch: 1, index: 7, phase: 1)
    let found = try wrapped.objective(images: batch.images, labels: batch.labels, step: step)
    let own = try model.objective(images: batch.images, labels: batch.labels, step: step)
    #expect(found.total.item == own.total.item && found.evaluations == 1)
    #expect(found.terms.map(\.name) == ["size"])
  }

  @Test("Where all of such a model learns, the terms are added and nothing is replaced")
  func unjudged() throws {
    let model = Unjudged(model: try linear(), phases: [TrainingPhase("all")])
    let own = try model.objective(images: batch.images, labels: batch.labels, step: step)
    func found(_ name: String) throws -> Objective {
      try AdversarialTraining(of: model, by: objective(name))
        .objective(images: batch.images, labels: batch.labels, step: step)
    }
    let trades = try found("trades")
    #expect(trades.classification == nil)
    #expect(isClose(trades.total, own.total.item + 6 * value("robust", of: trades)!))
    let mart = try found("mart")
    let added = value("perturbed_classification", of: mart)! + 5 * value("robust", of: mart)!
    #expect(isClose(mart.total, own.total.item + added))
    #expect(try found("pgd-at").total.item > own.total.item)
  }

  // MARK: As a part of the whole

  @Test(
    "Tensors, phases and use are those of the method", arguments: names,
    ["neural-ode", "zubov-net"])
  func transparency(name: String, method: String) throws {
    let input = ModelInput(shape: [1, 8, 8], classCount: 10)
    let configuration = try Configuration.resolved(
      ConfigurationOverride.setting("method=\(method)"))
    let model = try configuration.freshModel(for: input, on: .cpu)
    let wrapped = AdversarialTraining(of: model, by: try objective(name))
    #expect(wrapped.state.entries.map(\.name) == model.state.entries.map(\.name))
    #expect(wrapped.parameterCount == model.parameterCount)
    #expect(wrapped.phases.map(\.name) == model.phases.map(\.name))
    let scores = try [wrapped.trained(), model.trained()].map { try $0.logits(batch.images).bytes }
    #expect(scores[0] == scores[1])
    let found = try wrapped.objective(images: batch.images, labels: batch.labels, step: step)
    let slopes = optionalGradient(of: found.total, wrt: wrapped.parameters)
    #expect(slopes.allSatisfy { ($0?.isFinite.all().item ?? 0) == 1 })
  }

  @Test("Evaluations count those of the attack")
  func evaluations() throws {
    let configuration = try Configuration.resolved(
      ["method=neural-ode", "model.backbone.flow.solver=rk4"].flatMap {
        try ConfigurationOverride.setting($0)
      })
    let model = try configuration.freshModel(
      for: ModelInput(shape: [1, 8, 8], classCount: 10), on: .cpu)
    let own = try model.objective(images: batch.images, labels: batch.labels, step: step)
    #expect(own.evaluations == 40)
    func count(_ name: String) throws -> Int {
      try AdversarialTraining(of: model, by: objective(name))
        .objective(images: batch.images, labels: batch.labels, step: step).evaluations
    }
    // Own, 10 steps, the accuracy; then both training scores; TRADES' p(x).
    #expect(try count("pgd-at") == 12 * 40)
    #expect(try count("mart") == 14 * 40)
    #expect(try count("trades") == 15 * 40)
  }

  @Test(
    "Interrupted and resumed, an adversarial training ends with the same bytes", arguments: names)
  func resuming(name: String) throws {
    let temporary = try TemporaryFolder()
    let settings = "training.adversarial={objective: \(name), epsilon: 0.1, stepSize: 0.025}"
    let whole = try LinearRun(temporary.run("whole"), settings)
    try whole.trainer().train()
    let plain = try LinearRun(temporary.run("plain"))
    try plain.trainer().train()
    #expect(
      try bytes(whole.folder.model).suffix(2600) != bytes(plain.folder.model).suffix(2600))
    #expect(try metrics(whole.folder)[0].contains("\"adversarial_accuracy\":"))
    for stop in [1, 5, 8] {
      let run = try LinearRun(temporary.run("stopped-\(stop)"), settings)
      try run.trainInterrupted(after: stop)
      #expect(try bytes(run.folder.model) == bytes(whole.folder.model))
      #expect(try metrics(run.folder) == metrics(whole.folder))
    }
  }

  @Test("A run of it opens like any other")
  func opening() throws {
    let temporary = try TemporaryFolder()
    let configuration = try Configuration.resolved(
      [
        "method=neural-ode", "training.epochs=1", "data.limit=64", "training.batchSize=32",
        "training.adversarial.objective=trades", "training.adversarial.steps=2",
      ].flatMap { try ConfigurationOverride.setting($0) })
    let trainer = try Trainer.starting(
      configuration, in: temporary.run("a"), terminal: silent)
    try trainer.train()
    #expect(trainer.model is AdversarialTraining)
    let run = try Run.open(temporary.path("a"))
    #expect(!(run.model is AdversarialTraining))
    #expect(run.configuration == configuration)
    let scores = try [trainer.model, run.model].map { try $0.trained().logits(batch.images).bytes }
    #expect(scores[0] == scores[1])
  }

  // MARK: Configuration

  private func resolved(_ settings: String...) throws -> Configuration {
    try Configuration.resolved(
      settings.flatMap { try ConfigurationOverride.setting("training.adversarial.\($0)") })
  }

  private func message(_ setting: String) -> String {
    TestSupport.message { _ = try resolved(setting) }
  }

  @Test("It is off by default, part of the experiment's identity, and survives YAML")
  func configuration() throws {
    let usual = try Configuration.resolved([])
    #expect(usual.training.adversarial.objective == "none")
    #expect(usual.training.adversarial.epsilon == "8/255")
    let set = try resolved("objective=mart", "epsilon=0.1", "stepSize=1/40", "lambda=6")
    #expect(set.training.adversarial.epsilon == "0.1")
    #expect(try set.hash != usual.hash)
    #expect(try set.hash != resolved("objective=mart").hash)
    for text in [try set.yaml, try set.tree.yaml] {
      let read = try Configuration.resolved(ConfigurationOverride.yaml(text, source: "a.yaml"))
      #expect(read == set)
    }
    for line in try set.yaml.split(separator: "\n") where line.contains("stepSize") {
      #expect(line.contains("# "))
    }
  }

  @Test("Wrong values are refused before anything is trained, with where they came from")
  func wrongValues() {
    let prefix = "--set training.adversarial."
    #expect(
      message("objective=trade") == prefix + "objective=trade: training.adversarial.objective: "
        + "expected one of none, pgd-at, trades, mart, found 'trade'")
    #expect(
      message("epsilon=8") == prefix + "epsilon=8: training.adversarial.epsilon: "
        + "expected at most 1 in the L-inf norm, found '8'")
    #expect(
      message("stepSize=0") == prefix + "stepSize=0: training.adversarial.stepSize: "
        + "expected more than 0, found '0'")
    #expect(message("steps=0").hasSuffix("expected an integer from 1 to 10000, found 0"))
    #expect(
      message("start=zero").hasSuffix("expected one of automatic, uniform, normal, found zero"))
    #expect(message("beta=-1").hasSuffix("expected a number from 0 to 1000000, found -1.0"))
    #expect(message("gamma=1").contains("there is no key"))
  }
}
