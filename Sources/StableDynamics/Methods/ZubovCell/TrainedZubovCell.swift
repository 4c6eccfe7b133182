import DifferentialEquations
import NeuralNetworks
import Tensors

/// The model in use. Its regions are the cells in which V is least, which are its decisions.
struct TrainedZubovCell: LyapunovClassifier {
  let features: Features
  let velocity: (Tensor) -> Tensor
  let flow: Flow
  let lyapunov: LyapunovFunction
  let margin: Double
  let equation: CellEquation

  func initialState(_ images: Tensor) -> Tensor { features(images, mode: .inference) }

  func trajectory(_ images: Tensor) throws -> Solution {
    try flow.solution(of: .autonomous(velocity), from: initialState(images))
  }

  var geometry: RegionGeometry? {
    RegionGeometry(
      regions: CellRegions(lyapunov, equation: equation), velocity: velocity,
      initialState: initialState, flow: flow)
  }
}
