import DifferentialEquations
import NeuralNetworks
import Tensors

/// A modulated neural ODE in use: the logits are h(T).
struct TrainedModulatedClassifier: TrainedClassifier {
  let backbone: ModulatedBackbone
  let lyapunov: LabelLyapunov

  var classCount: Int { backbone.field.classCount }

  func logits(_ images: Tensor) throws -> Tensor { try backbone.solution(images).finalState }

  func solution(_ images: Tensor) throws -> Solution? { try backbone.solution(images) }

  /// `features` is M(x), [N, m²]: h(0) is 0 for every image. `lyapunov` is V of every class at h(T).
  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let modulation = backbone.modulation(images, mode: .inference)
    let final = try backbone.solution(modulation: modulation).finalState
    return [
      "features": modulation.flattened(from: 1), "state": final, "logits": final,
      "lyapunov": lyapunov.values(at: final),
    ]
  }
}
