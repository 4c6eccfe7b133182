import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// Zubov-Net in use.
struct TrainedZubovNet: LyapunovClassifier {
  let backbone: Backbone
  let lyapunov: LyapunovFunction
  let margin: Double
  let level: Double
  let search: CounterexampleSearch
  let auxiliaryHead: Tensor

  var flow: Flow { backbone.flow }
  func problem(of images: Tensor) -> InitialValueProblem { backbone.problem(of: images) }

  var geometry: RegionGeometry? {
    RegionGeometry(
      regions: LevelRegions(lyapunov, level: level, search: search),
      velocity: { backbone.field($0) }, initialState: backbone.initialState, flow: backbone.flow,
      field: backbone.field as? any FormulaField)
  }

  func certifiedRadius(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> CertifiedRadius? {
    try CertifiedRadius(
      lyapunov: lyapunov, initialState: backbone.initialState,
      featureBound: backbone.features.lipschitzBound(on: Array(images.shape.dropFirst())),
      images: images, labels: labels, batchSize: batchSize, predictions: predictions,
      progress: progress)
  }
}

extension TrainedZubovNet: LipschitzCertifiable {
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(lyapunov),
      scores: { -lyapunov.values(at: try backbone.solution($0).finalState) }
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}
