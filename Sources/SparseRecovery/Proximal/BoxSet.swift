import Tensors

/// The vectors with all elements in a range; its proximal operator clamps.
public struct BoxSet: ProximalFunction {
  /// Where each element has to be, the ends included.
  public let range: ClosedRange<Double>

  public init(_ range: ClosedRange<Double>) { self.range = range }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let isInside = ((x .>= range.lowerBound) .& (x .<= range.upperBound)).all(along: 0)
    return .indicator(isInside.unsqueezed(0), like: x)
  }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.clamped(to: range) }
}

extension Tensor {
  /// 0 where the condition holds, else infinite.
  static func indicator(_ condition: Tensor, like other: Tensor) -> Tensor {
    let zeros = Tensor.zeros(condition.shape, dtype: other.dtype, device: other.device)
    return select(condition, zeros, zeros + .infinity)
  }
}
