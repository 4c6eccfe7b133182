import StableDynamics

/// A model in training whose field, for some settings, has Jacobians of the form A S B.
public protocol LayeredDynamics: TrainableClassifier {
  /// What evolves the state.
  var dynamics: any Field { get }
  /// T.
  var horizon: Double { get }
}

extension LayeredDynamics {
  /// With the parameters themselves as weights; nil for a field of another form.
  public var layeredJacobian: LayeredJacobian? {
    (dynamics as? any LayeredField)?.layeredJacobian
  }
}
