import DifferentialEquations
import NeuralNetworks
import Tensors

/// A model in use whose Lyapunov functions classify: predictions are argmin V(h(T)).
protocol LyapunovClassifier: TrainedClassifier {
  var lyapunov: LyapunovFunction { get }
  /// α of the logits.
  var margin: Double { get }
  /// h(0) of images.
  func initialState(_ images: Tensor) -> Tensor
  /// The solution from h(0) to h(T) of images.
  func trajectory(_ images: Tensor) throws -> Solution
}

extension LyapunovClassifier {
  var classCount: Int { lyapunov.classCount }

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

  /// V without the flow: what an aligned flow decides, and what a flow may hide.
  var surrogateScores: [ScoreFunction] {
    [ScoreFunction(name: "-V at h(0)", scores: { -lyapunov.values(at: initialState($0)) })]
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

  func solution(_ images: Tensor) throws -> Solution? { try trajectory(images) }
}
