import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The stabilised deep equilibrium model, in training and in use.
struct StableDEQ: TrainableClassifier, FlowClassifier {
  let settings: StableDEQMethod.Settings
  let features: Features
  /// U and b.
  let injection: Linear
  let map: EquilibriumMap
  let convex: ScalarConvexNetwork
  let head: Linear
  let flow: Flow
  /// In use: V once and for all.
  private let settled: OriginLyapunov?

  init(
    _ settings: StableDEQMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.features.dimension
    features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    injection = Linear(
      inputs: dimension, outputs: dimension, generator: generator, dtype: dtype, device: device)
    map = EquilibriumMap(
      dimension: dimension, gain: settings.gain, acceleration: settings.acceleration,
      generator: generator, dtype: dtype, device: device)
    convex = ScalarConvexNetwork(
      dimension: dimension, sizes: settings.lyapunov.sizes, generator: generator, dtype: dtype,
      device: device)
    head = settings.head.layer(
      inputs: dimension, outputs: input.classCount, generator: generator, dtype: dtype,
      device: device)
    flow = try Flow(settings.flow)
    settled = nil
  }

  private init(folding model: StableDEQ) {
    settings = model.settings
    features = model.features.foldedForInference()
    let convex = model.convex.detached
    (injection, map, self.convex) = (model.injection, model.map, convex)
    (head, flow) = (model.head, model.flow)
    settled = withoutGradients { OriginLyapunov(network: convex, model.settings.lyapunov) }
  }

  var classCount: Int { head.weight.shape[0] }

  var state: ModuleState {
    features.state.prefixed("extractor") + injection.state.prefixed("injection")
      + map.state.prefixed("dynamics") + convex.state.prefixed("lyapunov")
      + head.state.prefixed("head")
  }

  /// The norm of W is bounded as a whole, and an orthogonal head stays so.
  var constrainedParts: [String] {
    ["lyapunov", "dynamics"] + (settings.head == .orthogonal ? ["head"] : [])
  }

  func restoreConstraints() {
    map.restoreConstraints()
    convex.restoreConvexity()
    settings.head.restore(head)
  }

  /// V of the parameters as they stand.
  var lyapunov: OriginLyapunov { settled ?? OriginLyapunov(network: convex, settings.lyapunov) }

  /// The projected field of given inputs, and where it comes to rest: c and z*, [N, d] each.
  func field(input c: Tensor, equilibrium: Tensor) -> VectorField {
    let (lyapunov, dimension) = (lyapunov, c.shape[1])
    return .conditioned(on: .concatenated([c, equilibrium], along: 1)) { h, context in
      let c = context.sliced(0..<dimension, along: 1)
      let offset = h - context.sliced(dimension..<2 * dimension, along: 1)
      return lyapunov.descending(
        map(h, input: c) - h, at: offset, rate: settings.lyapunov.rate)
    }
  }

  private func problem(of images: Tensor, mode: ForwardMode) -> InitialValueProblem {
    let initial = features(images, mode: mode)
    let c = injection(initial)
    return InitialValueProblem(
      field: field(input: c, equilibrium: map.fixedPoint(c)), from: initial)
  }

  private func trainingSolution(_ images: Tensor) throws -> Solution {
    let problem = problem(of: images, mode: .training)
    return try flow.training(
      of: problem.field, from: problem.initialState, isSampled: false)
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let solution = try trainingSolution(images)
    return Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    scores(of: try trainingSolution(images).finalState)
  }

  // MARK: Use

  func trained() -> any TrainedClassifier { StableDEQ(folding: self) }
  func problem(of images: Tensor) -> InitialValueProblem { problem(of: images, mode: .inference) }
  func scores(of states: Tensor) -> Tensor { head(states) }
}
