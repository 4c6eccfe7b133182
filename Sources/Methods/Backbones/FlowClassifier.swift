import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// A model in use that decides at the end of a flow: images → h(0) → h(T) → scores.
///
/// From these parts follow its logits, its solution, and everything an attacker may put in place of
/// the flow (`dynamicsSurrogates`).
public protocol FlowClassifier: TrainedClassifier {
  /// The solver in use and T.
  var flow: Flow { get }

  /// The field and h(0) of images, differentiable.
  func problem(of images: Tensor) -> InitialValueProblem

  /// The solution in use, from h(0) to h(T): by the flow's solver unless it is known otherwise.
  ///
  /// - Throws: `IntegrationFailure`.
  func solution(of problem: InitialValueProblem) throws -> Solution

  /// Scores [N, L] of states [N, d]. Those of h(T) decide as the model does and do not saturate.
  func scores(of states: Tensor) -> Tensor

  /// Whether h(0) is made from the image. Where it is the same for all images, and the field is made
  /// from the image instead, what skips the flow knows nothing.
  var startsAtFeatures: Bool { get }
}

extension FlowClassifier {
  public var startsAtFeatures: Bool { true }

  public func solution(of problem: InitialValueProblem) throws -> Solution {
    try flow.solution(of: problem)
  }

  /// h(0) of images.
  public func initialState(_ images: Tensor) -> Tensor { problem(of: images).initialState }

  /// The solution from h(0) to h(T) of images.
  ///
  /// - Throws: `IntegrationFailure`.
  public func trajectory(_ images: Tensor) throws -> Solution {
    try solution(of: problem(of: images))
  }

  public func solution(_ images: Tensor) throws -> Solution? { try trajectory(images) }

  public func logits(_ images: Tensor) throws -> Tensor {
    scores(of: try trajectory(images).finalState)
  }

  public func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let solution = try trajectory(images)
    let final = solution.finalState
    return ["features": solution.states[0], "state": final, "logits": scores(of: final)]
  }
}
