import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// FI-ODE in use. States are computed in float64, so that rounding is far below any margin, and scores are
/// given in the element type of training.
struct TrainedFIODE: FlowClassifier, InvarianceCertifiable {
  /// Settled.
  let features: NonexpansiveFeatures
  let field: SimplexField
  let flow: Flow
  let scoreType: DType

  var classCount: Int { field.classCount }
  var startsAtFeatures: Bool { false }

  func problem(of images: Tensor) -> InitialValueProblem {
    problem(features: features(images.to(.float64), mode: .inference))
  }

  private func problem(features: Tensor) -> InitialValueProblem {
    let context = field.context(features)
    return InitialValueProblem(
      field: .conditioned(on: context) { field($0, context: $1) },
      from: FIODE.initialState(context, classCount: classCount))
  }

  func scores(of states: Tensor) -> Tensor { FIODE.logits(of: states).to(scoreType) }

  func predictions(_ images: Tensor) throws -> Tensor {
    try trajectory(images).finalState.argMax(along: 1)
  }

  /// `features` is φ(x): η(0) is the same for every image. `lyapunov` is V of every class at η(T).
  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let features = features(images.to(.float64), mode: .inference)
    let final = try solution(of: problem(features: features)).finalState
    return [
      "features": features.to(scoreType), "state": final.to(scoreType),
      "logits": scores(of: final), "lyapunov": ClassCone.values(at: final).to(scoreType),
    ]
  }

  func invarianceCertificate(
    images: Tensor, labels: [Int], splits: Int, batchSize: Int, progress: (Int) -> Void
  ) throws -> InvarianceCertificate {
    try InvarianceCertificate(
      self, images: images, labels: labels, splits: splits, batchSize: batchSize,
      progress: progress)
  }
}
