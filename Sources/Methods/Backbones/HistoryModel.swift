import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A way from h(0) to h(T) on which the past counts: no flow of a field of the state alone.
protocol HistoryDynamics: Module {
  /// The setting of the solver that makes its steps smaller, such as `steps`.
  static var stepSetting: String { get }

  /// The solution from h(0) to h(T), recorded.
  ///
  /// - Parameter refinement: so many steps in the place of each.
  func solution(from initial: Tensor, refinement: Int) throws -> Solution
}

/// A model that decides by a linear classifier at the end of such a way, in training and in use. Trained by
/// cross entropy through the solver.
struct HistoryModel<Dynamics: HistoryDynamics>: TrainableClassifier, TrainedClassifier {
  let features: Features
  let dynamics: Dynamics
  let head: Linear

  /// - Parameter dynamics: of states of d dimensions, freshly initialised by the same generator.
  init(
    _ settings: Features.Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device, dynamics: (_ dimension: Int) -> Dynamics
  ) throws {
    features = try Features(
      settings, input: input, generator: generator, dtype: dtype, device: device)
    self.dynamics = dynamics(settings.dimension)
    head = Linear(
      inputs: settings.dimension, outputs: input.classCount, hasBias: false, generator: generator,
      dtype: dtype, device: device)
  }

  private init(folding model: HistoryModel) {
    features = model.features.foldedForInference()
    dynamics = model.dynamics
    head = model.head
  }

  var classCount: Int { head.weight.shape[0] }

  var state: ModuleState {
    features.state.prefixed("extractor") + dynamics.state.prefixed("dynamics")
      + head.state.prefixed("head")
  }

  private func trajectory(
    _ images: Tensor, mode: ForwardMode = .inference, refinement: Int = 1
  ) throws -> Solution {
    try IntegrationFailure.advising(
      IntegrationFailure.fieldAdvice.merging([
        .takeSmallerSteps: "take smaller steps (--set model.\(Dynamics.stepSetting))",
        .endEarlier: "end at an earlier time (--set model.horizon)",
      ]) { $1 }
    ) {
      try dynamics.solution(from: features(images, mode: mode), refinement: refinement)
    }
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let solution = try trajectory(images, mode: .training)
    return Objective(
      crossEntropyOf: head(solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    head(try trajectory(images, mode: .training).finalState)
  }

  func trained() -> any TrainedClassifier { HistoryModel(folding: self) }

  // MARK: Use

  func solution(_ images: Tensor) throws -> Solution? { try trajectory(images) }

  func logits(_ images: Tensor) throws -> Tensor { head(try trajectory(images).finalState) }

  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let solution = try trajectory(images)
    return [
      "features": solution.states[0], "state": solution.finalState,
      "logits": head(solution.finalState),
    ]
  }

  /// The head without the way, and behind one of finer steps.
  var surrogateScores: [ScoreFunction] {
    [
      ScoreFunction(name: "at h(0)") { head(features($0, mode: .inference)) },
      ScoreFunction(name: "steps / 4") { head(try trajectory($0, refinement: 4).finalState) },
    ]
  }
}
