import DifferentialEquations
import NeuralNetworks
import Tensors

/// Zubov-Net in use.
struct TrainedZubovNet: LyapunovClassifier {
  let backbone: Backbone
  let lyapunov: LyapunovFunction
  let margin: Double
  let level: Double
  let search: CounterexampleSearch

  func initialState(_ images: Tensor) -> Tensor { backbone.initialState(images) }
  func trajectory(_ images: Tensor) throws -> Solution { try backbone.solution(images) }

  var geometry: RegionGeometry? {
    RegionGeometry(
      regions: LevelRegions(lyapunov, level: level, search: search),
      velocity: { backbone.field($0) }, initialState: backbone.initialState, flow: backbone.flow)
  }

  func certifiedRadius(images: Tensor, labels: [Int]) throws -> CertifiedRadius? {
    let predictions = try withoutGradients { try self.predictions(images) }.integers
    return CertifiedRadius(
      lyapunov: lyapunov, initialState: backbone.initialState,
      featureBound: backbone.features.lipschitzBound, images: images, labels: labels,
      isCorrect: zip(predictions, labels).map { $0 == $1 })
  }
}
