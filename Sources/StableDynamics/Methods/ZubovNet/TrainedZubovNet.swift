import DifferentialEquations
import NeuralNetworks
import Tensors

/// Zubov-Net in use: predictions are argmin V(h(T)).
struct TrainedZubovNet: TrainedClassifier {
  let backbone: Backbone
  let lyapunov: LyapunovFunction
  let margin: Double
  let level: Double
  let search: CounterexampleSearch

  var classCount: Int { lyapunov.classCount }

  /// V of all classes at h(T), [N, L].
  private func values(_ images: Tensor) throws -> Tensor {
    lyapunov.values(at: try backbone.finalState(images))
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

  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let solution = try backbone.solution(images)
    let final = solution.finalState
    let values = lyapunov.values(at: final)
    return [
      "features": solution.states[0], "state": final, "lyapunov": values,
      "logits": ZubovTransform.logits(values, margin: margin),
    ]
  }

  func solution(_ images: Tensor) throws -> Solution? { try backbone.solution(images) }

  var geometry: RegionGeometry? {
    RegionGeometry(
      lyapunov: lyapunov, velocity: { backbone.field($0) }, initialState: backbone.initialState,
      flow: backbone.flow, level: level, search: search)
  }

  func certifiedRadius(images: Tensor, labels: [Int]) throws -> CertifiedRadius? {
    let predictions = try withoutGradients { try self.predictions(images) }.integers
    return CertifiedRadius(
      lyapunov: lyapunov, initialState: backbone.initialState,
      featureBound: backbone.features.lipschitzBound, images: images, labels: labels,
      isCorrect: zip(predictions, labels).map { $0 == $1 })
  }
}
