import NeuralNetworks
import StableDynamics
import Tensors

/// The field of a contractive Neural ODE, with a map W h + b inside.
public protocol CoupledField: Field {
  /// W and b.
  var coupling: any StateCoupling { get }

  /// The factor by which the exact flow over a time T can stretch distances, at most, in the norm of
  /// the field's contraction: a certificate for every pair of states. (A solver adds its error.)
  func flowLipschitzBound(horizon: Double) -> Double
}
