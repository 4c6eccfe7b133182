import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// φ(x) = x + x², a field of the test's choice, and scores that are not linear in the state.
private struct PlainFlow: FlowClassifier {
  let flow: Flow
  var startsAtFeatures = true
  var field: (Tensor) -> Tensor
  let classCount = 2
  private let head = Tensor([1.0, -2, 0.5, 0.3, 1, -1], shape: [2, 3])

  init(
    horizon: Double = 1.5, tolerance: Double = 0.1, field: @escaping (Tensor) -> Tensor
  ) throws {
    var settings = Flow.Settings()
    (settings.horizon, settings.tolerance) = (horizon, tolerance)
    flow = try Flow(settings)
    self.field = field
  }

  func features(_ images: Tensor) -> Tensor { images + images.squared }

  func problem(of images: Tensor) -> InitialValueProblem {
    InitialValueProblem(field: .autonomous(field), from: features(images))
  }

  func scores(of states: Tensor) -> Tensor { (states.squared + states).linear(weight: head) }

  func surrogate(_ name: String) throws -> (Tensor) throws -> Tensor {
    try #require(surrogateScores.first { $0.name == name }).scores
  }
}

@Suite("Scores that stand in for a flow")
struct SurrogateScoresTests {
  private static let names = [
    "at h(0)", "identity", "euler x 1", "rk4 x 5", "rk4 x 20", "dopri5 at 1e-06",
    "mean over solvers",
  ]
  private let points = RandomGenerator(seed: 4).uniform([5, 3], dtype: .float64)

  // MARK: A flow in closed form

  @Test("They are what their names say, on h' = a h")
  func closedForm() throws {
    let (rates, horizon) = ([-2.0, 0.5, 1], 1.5)
    let model = try PlainFlow(horizon: horizon) { $0 * Tensor(rates) }
    #expect(model.surrogateScores.map(\.name) == Self.names)
    func expected(_ growth: (Double) -> Double) -> Tensor {
      model.scores(of: model.features(points) * Tensor(rates.map { growth($0 * horizon) }))
    }
    // One step multiplies by the first terms of the exponential series.
    func rk4(_ count: Int) -> Tensor {
      expected { rate in
        let z = rate / Double(count)
        return pow(1 + z * (1 + z / 2 * (1 + z / 3 * (1 + z / 4))), Double(count))
      }
    }
    let own = try model.logits(points)
    for (name, values, tolerance) in [
      ("at h(0)", expected { _ in 1 }, 1e-15), ("identity", own, 1e-15),
      ("euler x 1", expected { 1 + $0 }, 1e-15), ("rk4 x 5", rk4(5), 1e-14),
      ("rk4 x 20", rk4(20), 1e-14), ("dopri5 at 1e-06", expected(exp), 1e-5),
      ("mean over solvers", (own + rk4(5) + rk4(20)) / 3, 1e-14),
    ] {
      let found = try model.surrogate(name)(points)
      #expect(relativeError(found, values) <= tolerance, "\(name)")
    }
    // All of them differ.
    #expect(relativeError(own, expected(exp)) > 1e-4)
    #expect(relativeError(rk4(5), rk4(20)) > 1e-4)
    #expect(relativeError(rk4(20), expected(exp)) > 1e-7)
  }

  @Test("The identity takes the head's gradient at h(T) for that at h(0)")
  func identity() throws {
    let model = try PlainFlow { ($0 * 2).sin }
    let leaf = points.differentiable()
    let scores = try model.surrogate("identity")(leaf)
    let seed = RandomGenerator(seed: 5).normal(scores.shape, dtype: .float64)
    let found = gradient(of: scores, wrt: [leaf], seed: seed)[0]

    let end = try model.trajectory(points).finalState.differentiable()
    let slope = gradient(of: model.scores(of: end), wrt: [end], seed: seed)[0]
    let image = points.differentiable()
    let expected = gradient(of: model.features(image), wrt: [image], seed: slope)[0]
    #expect(relativeError(found, expected) <= 1e-14)
    let direct = points.differentiable()
    let own = gradient(of: try model.logits(direct), wrt: [direct], seed: seed)[0]
    #expect(relativeError(found, own) > 0.1)
  }

  @Test("The model's own gradient is that of its accepted steps, kept fixed")
  func frozenSteps() throws {
    let model = try PlainFlow { ($0 * 2).sin }
    let leaf = points.differentiable()
    let solution = try model.trajectory(leaf)
    guard case .perSample(let steps) = solution.steps else {
      Issue.record("steps of the batch")
      return
    }
    #expect(Set(steps).count == 5)
    let direct = gradient(of: model.scores(of: solution.finalState).sum(), wrt: [leaf])[0]
    let differences = centralDifferences(at: points) { images in
      let frozen = try! solve(
        model.field, from: model.features(images), at: [0, 1.5],
        steps: .fixedSequence(solution.steps))
      return model.scores(of: frozen.finalState).sum().item
    }
    #expect(relativeError(direct, differences) <= 1e-8)
  }

  @Test("A field that no fine tolerance can follow is followed by fixed steps")
  func fallback() throws {
    let model = try PlainFlow { $0 * Tensor([-1000.0, -1, 1]) }
    let fine = try model.surrogate("dopri5 at 1e-06")(points)
    #expect(areIdentical(fine, try model.surrogate("rk4 x 20")(points)))
    #expect(throws: IntegrationFailure.self) {
      try model.flow.finalState(
        of: model.problem(of: points), by: .dopri5(1e-6, maximumSteps: 200))
    }
  }

  @Test("Other errors than the solver's are passed on")
  func failures() throws {
    struct Refusal: Error {}
    var model = try PlainFlow { $0 }
    model.field = { $0 }
    let refusing = InitialValueProblem(field: .autonomous { _ in throw Refusal() }, from: points)
    #expect(throws: Refusal.self) { try model.flow.finalState(of: refusing, by: .dopri5(1e-6)) }
    #expect(throws: Refusal.self) { try model.flow.solution(of: refusing) }
  }

  @Test("Without the image in h(0) nothing skips the flow")
  func commonStart() throws {
    var model = try PlainFlow { $0 }
    model.startsAtFeatures = false
    #expect(model.surrogateScores.map(\.name) == Array(Self.names.dropFirst(2)))
  }

  // MARK: The methods

  /// A fresh model of a method in use, in float64: kernels that round by batch size do not show.
  private static func trained(_ name: String, _ input: ModelInput) throws -> any TrainedClassifier {
    func trained<M: Methods.Method>(_ method: M.Type) throws -> any TrainedClassifier {
      try M.build(
        M.defaults(for: input), input: input, generator: RandomGenerator(seed: 0), dtype: .float64,
        device: .cpu
      ).trained()
    }
    let method = try #require(MethodCatalog.method(named: name))
    return try trained(method)
  }

  @Test(
    "Every method with a flow has them, differentiable and independent of the batch",
    arguments: MethodCatalog.all.map { $0.name }, MethodTests.inputs)
  func methods(_ name: String, _ input: ModelInput) throws {
    let trained = try Self.trained(name, input)
    let images = batch(input).0.to(.float64)
    guard let model = trained as? any FlowClassifier else {
      // A solution that is no flow of a field of the state has stand-ins of its own.
      #expect(try (trained.solution(images) == nil) == trained.surrogateScores.isEmpty)
      return
    }
    // Known in closed form, its solution is no solver's, and it has no head beside the cells.
    let isSolved = name == "certified-cell"
    let expected =
      isSolved ? Self.names.prefix(2) : Self.names.dropFirst(model.startsAtFeatures ? 0 : 2)
    let hasLyapunovHead = model.geometry != nil && !isSolved
    #expect(
      model.surrogateScores.map(\.name) == expected + (hasLyapunovHead ? ["auxiliary head"] : []))
    let features = try #require(model.outputs(images)["features"])
    #expect(model.startsAtFeatures == (features.shape == model.initialState(images).shape))
    let leaf = images.differentiable()
    var values: [String: Tensor] = [:]
    for function in model.surrogateScores {
      let scores = try function.scores(leaf)
      #expect(scores.shape == [12, input.classCount] && scores.isFinite.all().item == 1)
      let slope = gradient(of: scores.softmax(along: 1)[0].max(), wrt: [leaf])[0]
      #expect(slope.isFinite.all().item == 1 && slope.norm.item > 0, "\(function.name)")
      let alone = try function.scores(images.sliced(3..<4))
      #expect(relativeError(alone, scores.sliced(3..<4)) <= 1e-7, "\(function.name)")
      values[function.name] = scores.detached
    }
    let own = model.scores(of: try model.trajectory(images).finalState)
    if let identity = values["identity"] { #expect(relativeError(identity, own) <= 1e-9) }
    guard let fine = values["dopri5 at 1e-06"] else { return }
    // Within what fields with kinks and jumps allow.
    #expect(relativeError(values["rk4 x 20"]!, fine) <= 1e-2)
    #expect(relativeError(own, fine) <= 0.1)
  }

  @Test(
    "Every method's gradient is that of its accepted steps",
    arguments: MethodCatalog.all.map { $0.name }, MethodTests.inputs)
  func acceptedSteps(_ name: String, _ input: ModelInput) throws {
    guard let model = try Self.trained(name, input) as? any FlowClassifier else { return }
    let (images, labels) = (batch(input).0.to(.float64), batch(input).1)
    let seed = labels.oneHot(input.classCount, dtype: .float64)
    func slope(_ finalState: (Tensor) throws -> Tensor) rethrows -> Tensor {
      let leaf = images.differentiable()
      return gradient(of: model.scores(of: try finalState(leaf)), wrt: [leaf], seed: seed)[0]
    }
    let solution = try model.trajectory(images)
    guard solution.statistics.evaluations > 0 else { return }
    let steps = solution.steps
    let direct = try slope { try model.trajectory($0).finalState }
    let frozen = try slope {
      let problem = model.problem(of: $0)
      return try solve(
        problem.field, from: problem.initialState, at: [0, model.flow.settings.horizon],
        method: model.flow.settings.solver.method, steps: .fixedSequence(steps)
      ).finalState
    }
    #expect(relativeError(direct, frozen) <= 1e-9)
  }

  @Test(
    "Scores of the end of the flow decide as the model does",
    arguments: MethodCatalog.all.map { $0.name })
  func decisions(_ name: String) throws {
    guard let model = try Self.trained(name, digitsInput) as? any FlowClassifier else { return }
    let images = batch(digitsInput).0.to(.float64)
    let end = try model.trajectory(images).finalState
    #expect(
      model.scores(of: end).argMax(along: 1).integers == (try model.predictions(images).integers))
    #expect(areIdentical(try model.outputs(images)["state"]!, end))
  }

  @Test("The auxiliary head is the one that training had", arguments: [true, false])
  func auxiliaryHead(isTied: Bool) throws {
    var settings = ZubovNetMethod.defaults(for: digitsInput)
    settings.losses.auxiliaryHead = isTied ? .tied : .free
    let model = try ZubovNet(
      settings, input: digitsInput, generator: RandomGenerator(seed: 0), dtype: .float64,
      device: .cpu)
    #expect((model.head == nil) == isTied)
    let trained = model.trained()
    let images = batch(digitsInput).0.to(.float64)
    let scores = try #require(trained.surrogateScores.last { $0.name == "auxiliary head" })
    let expected = try trained.outputs(images)["state"]!.linear(
      weight: model.head ?? model.equilibria)
    #expect(areIdentical(try scores.scores(images), expected))
  }
}
