import Tensors

/// A Lyapunov function of each class in closed form, on states that are logits h in R^C.
public struct LabelLyapunov: Sendable, Hashable {
  /// Which distance of h to the class V_y is.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// V_y = ½ ||h - s_y||², with the anchor s_y of the class.
    case anchorDistance = "anchor-distance"
    /// V_y = ½ ||softmax(h) - e_y||².
    case softmaxDistance = "softmax-distance"
    /// V_y = max(0, -ln softmax(h)_y - τ). With τ = 0, LyaNet's, it is 0 nowhere.
    case crossEntropy = "cross-entropy"
  }

  /// The distance that V is.
  public let form: Form
  /// τ of the cross entropy.
  public let threshold: Double
  private var anchor: Double { ModulatedField.anchorCoordinate }

  /// Creates V of a form; only `crossEntropy` has a threshold.
  public init(_ form: Form, threshold: Double = 0) {
    self.form = form
    self.threshold = threshold
  }

  /// V of all classes at states h [..., C]: [..., C].
  public func values(at h: Tensor) -> Tensor {
    let axis = h.rank - 1
    switch form {
    case .anchorDistance:
      let squares = (h + anchor).squared.sum(along: axis, keeping: true)
      return (squares - h * (4 * anchor)) * 0.5
    case .softmaxDistance:
      let p = h.softmax(along: axis)
      return (p.squared.sum(along: axis, keeping: true) - p * 2 + 1) * 0.5
    case .crossEntropy:
      return ((-h.logSoftmax(along: axis)) - threshold).relu
    }
  }

  /// V_y and ∇V_y of the class of each image at its states.
  ///
  /// - Parameters:
  ///   - h: [N, S, C], or [1, S, C] if the images share the states.
  ///   - labels: [N], int64.
  /// - Returns: V_y [N, S] and ∇V_y [N, S, C].
  public func valuesAndSlopes(at h: Tensor, labels: Tensor) -> (values: Tensor, slopes: Tensor) {
    let targets = labels.oneHot(h.shape[2], dtype: h.dtype).unsqueezed(1)
    let values = (self.values(at: h) * targets).sum(along: 2)
    let slopes: Tensor
    switch form {
    case .anchorDistance:
      slopes = h + anchor - targets * (2 * anchor)
    case .softmaxDistance:
      let p = h.softmax(along: 2)
      let difference = p - targets
      slopes = p * (difference - (p * difference).sum(along: 2, keeping: true))
    case .crossEntropy:
      let difference = h.softmax(along: 2) - targets
      slopes =
        threshold == 0
        ? difference : difference * (values .> 0).to(h.dtype).unsqueezed(2)
    }
    return (values, slopes)
  }
}
