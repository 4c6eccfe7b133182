import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// A model in use whose Lyapunov functions classify: predictions are argmin V(h(T)).
protocol LyapunovClassifier: FlowClassifier {
  var lyapunov: LyapunovFunction { get }
  /// α of the logits.
  var margin: Double { get }
  /// C_ψ [L, d], the linear classifier of h(T) that was trained beside the Lyapunov functions.
  var auxiliaryHead: Tensor { get }
}

extension LyapunovClassifier {
  var classCount: Int { lyapunov.classCount }

  /// The equilibria, to which the head is tied unless it was free.
  var auxiliaryHead: Tensor { lyapunov.equilibria }

  /// -V of all classes, [N, L].
  func scores(of states: Tensor) -> Tensor { -lyapunov.values(at: states) }

  /// V of all classes at h(T), [N, L].
  private func values(_ images: Tensor) throws -> Tensor {
    lyapunov.values(at: try trajectory(images).finalState)
  }

  /// ln(1/W - α), the paper's logits. They saturate: ties among far classes are why predictions
  /// are made by V.
  func logits(_ images: Tensor) throws -> Tensor {
    ZubovTransform.logits(try values(images), margin: margin)
  }

  func predictions(_ images: Tensor) throws -> Tensor { try values(images).argMin(along: 1) }

  /// The logits and -V, which decides the same and does not saturate.
  var scoreFunctions: [ScoreFunction] {
    [
      ScoreFunction(name: "logits", scores: logits),
      ScoreFunction(name: "-V", scores: { -(try values($0)) }),
    ]
  }

  /// Those of the dynamics, and the same features and flow with the auxiliary head. V without the
  /// flow (`at h(0)`) is what an aligned flow decides, and what a flow may hide.
  var surrogateScores: [ScoreFunction] {
    dynamicsSurrogates + [
      ScoreFunction(name: "auxiliary head") {
        try trajectory($0).finalState.linear(weight: auxiliaryHead)
      }
    ]
  }

  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let solution = try trajectory(images)
    let final = solution.finalState
    let values = lyapunov.values(at: final)
    return [
      "features": solution.states[0], "state": final, "lyapunov": values,
      "logits": ZubovTransform.logits(values, margin: margin),
    ]
  }
}
