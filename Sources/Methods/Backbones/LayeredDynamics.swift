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

extension NeuralODEModel: LayeredDynamics {
  public var dynamics: any Field { backbone.field }
  public var horizon: Double { flow.settings.horizon }
}

extension TisODEModel: LayeredDynamics {
  var dynamics: any Field { plain.dynamics }
  var horizon: Double { plain.horizon }
}

extension ContractiveNODE: LayeredDynamics {
  public var dynamics: any Field { field }
  public var horizon: Double { flow.settings.horizon }
}

extension ZubovNet: LayeredDynamics {
  public var dynamics: any Field { backbone.field }
  public var horizon: Double { backbone.flow.settings.horizon }
}
