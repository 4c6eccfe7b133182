import Tensors

/// The places of weights that are 0 and shall stay so.
public struct WeightMask: Sendable {
  private let weights: [PenalizedWeight]
  /// 1 for a weight that may change, 0 for one that is 0.
  private let masks: [Tensor]

  /// The mask of weights as they stand.
  public init(of weights: [PenalizedWeight]) {
    self.weights = weights
    masks = withoutGradients {
      weights.map { ($0.tensor.detached .!= 0).to($0.tensor.dtype) }
    }
  }

  /// Makes 0 again what an optimizer has moved from it.
  public func restore() {
    withoutGradients {
      for (weight, mask) in zip(weights, masks) {
        weight.tensor.assign(weight.tensor.detached * mask)
      }
    }
  }
}
