import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// The model in use. Its regions are the cells in which V is least, which are its decisions.
struct TrainedZubovCell: LyapunovClassifier {
  let features: Features
  let field: SinkField
  let velocity: (Tensor) -> Tensor
  let flow: Flow
  let lyapunov: LyapunovFunction
  let margin: Double
  let equation: CellEquation

  func problem(of images: Tensor) -> InitialValueProblem {
    InitialValueProblem(field: .autonomous(velocity), from: features(images, mode: .inference))
  }

  var geometry: RegionGeometry? {
    RegionGeometry(
      regions: CellRegions(lyapunov, equation: equation), velocity: velocity,
      initialState: initialState, flow: flow, field: field)
  }
}
