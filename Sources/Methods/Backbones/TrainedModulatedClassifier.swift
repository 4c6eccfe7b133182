import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// A modulated neural ODE in use: the logits are h(T).
struct TrainedModulatedClassifier: FlowClassifier {
  let backbone: ModulatedBackbone
  let lyapunov: LabelLyapunov

  var classCount: Int { backbone.field.classCount }

  var flow: Flow { backbone.flow }
  var startsAtFeatures: Bool { false }

  func problem(of images: Tensor) -> InitialValueProblem {
    backbone.problem(modulation: backbone.modulation(images, mode: .inference))
  }

  func scores(of states: Tensor) -> Tensor { states }

  /// `features` is M(x), [N, m²]: h(0) is 0 for every image. `lyapunov` is V of every class at h(T).
  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let modulation = backbone.modulation(images, mode: .inference)
    let final = try flow.solution(of: backbone.problem(modulation: modulation)).finalState
    return [
      "features": modulation.flattened(from: 1), "state": final, "logits": final,
      "lyapunov": lyapunov.values(at: final),
    ]
  }
}
