import NeuralNetworks
import Tensors

/// The Jacobians A S B that a field of the form f(h) = A σ(B h + b) + c can have, S = diag(s) with the slopes s of
/// σ in a range.
public struct LayeredJacobian: Sendable {
  /// A [d, n]; nil for the identity.
  public let outer: Tensor?
  /// B [n, d].
  public let inner: Tensor
  /// The least and the greatest slope of σ at any argument.
  public let slopes: ClosedRange<Double>

  /// Creates the set of A S B with the slopes of S in a range.
  public init(outer: Tensor?, inner: Tensor, slopes: ClosedRange<Double>) {
    self.outer = outer
    self.inner = inner
    self.slopes = slopes
  }

  /// The weights that there are, B before A.
  public var weights: [Tensor] { [inner] + (outer.map { [$0] } ?? []) }

  /// Of other weights, in the order of `weights`.
  func with(_ weights: [Tensor]) -> LayeredJacobian {
    LayeredJacobian(outer: outer == nil ? nil : weights[1], inner: weights[0], slopes: slopes)
  }

  /// A S [d, n] for slopes that fit [n].
  func outer(times slopes: Tensor) -> Tensor {
    (outer ?? .identity(inner.shape[0]).like(inner)) * slopes
  }
}

/// A field whose Jacobians are of this form.
public protocol LayeredField: Field {
  /// With the parameters themselves as weights; nil for a field that has the form in other settings alone.
  var layeredJacobian: LayeredJacobian? { get }
}

extension TanhField: LayeredField {
  public var layeredJacobian: LayeredJacobian? {
    LayeredJacobian(outer: second.weight, inner: first.weight, slopes: Activation.tanh.slopes)
  }
}

extension PerceptronField: LayeredField {
  public var layeredJacobian: LayeredJacobian? {
    LayeredJacobian(outer: second.weight, inner: first.weight, slopes: activation.slopes)
  }
}
