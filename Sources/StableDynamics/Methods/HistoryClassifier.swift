import DifferentialEquations
import NeuralNetworks
import Tensors

/// A model that decides by a linear classifier at the end of a way from h(0) on which the past counts: no
/// flow of a field of the state alone. Trained by cross entropy through the solver.
protocol HistoryClassifier: TrainableClassifier, TrainedClassifier {
  var features: Features { get }
  var head: Linear { get }
  /// Of f, as a part of `state`.
  var fieldState: ModuleState { get }
  /// How the remedies of a failed solution are done.
  var advice: [IntegrationFailure.Remedy: String] { get }

  /// The solution from h(0) to h(T), recorded.
  ///
  /// - Parameter refinement: so many steps in the place of each.
  func solve(from initial: Tensor, refinement: Int) throws -> Solution

  /// The same with batch normalisation folded into the convolutions.
  var folded: Self { get }
}

extension HistoryClassifier {
  var classCount: Int { head.weight.shape[0] }

  var state: ModuleState {
    features.state.prefixed("extractor") + fieldState.prefixed("dynamics")
      + head.state.prefixed("head")
  }

  private func trajectory(
    _ images: Tensor, mode: ForwardMode = .inference, refinement: Int = 1
  ) throws -> Solution {
    try IntegrationFailure.advising(
      IntegrationFailure.fieldAdvice.merging(advice) { $1 }
    ) {
      try solve(from: features(images, mode: mode), refinement: refinement)
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

  func trained() -> any TrainedClassifier { folded }

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
