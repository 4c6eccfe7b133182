import Tensors

/// A smooth leaky ReLU (Zakwan, Xu, Ferrari-Trecate 2025, from their code),
///
///     s(x) = a x + (1 - a) ln(1 + e^x),   s'(x) = a + (1 - a) σ(x),
///
/// whose slopes lie in (a, 1): the slope restriction that their weight regulariser needs, with
/// k_1 = a. (Their code writes ln(1 + e^x) out, which overflows from x = 88 on, and counts on
/// k_1 = 0.1 with a = 0.001, so that its inequality promises a hundred times too much.)
public struct LeakySoftplus: Sendable, Hashable {
  /// a = k_1, in (0, 1].
  public let leastSlope: Double

  public init(leastSlope: Double) { self.leastSlope = leastSlope }

  /// s(x), elementwise, recorded.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x * leastSlope).adding([x.softplus], weights: [1 - leastSlope])
  }

  /// s'(x), elementwise, recorded.
  public func slope(_ x: Tensor) -> Tensor { x.sigmoid * (1 - leastSlope) + leastSlope }
}
