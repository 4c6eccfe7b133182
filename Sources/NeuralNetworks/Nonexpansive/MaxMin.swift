import Tensors

/// Each channel x_i + b_i of the first half and its partner in the second become their maximum and
/// their minimum (Anil, Lucas, Grosse 2019, *Sorting out Lipschitz function approximation*).
///
/// **Proof.** At every x the map is the exchange of some pairs, and sorting both of two pairs never
/// takes them further apart: |max(a, b) - max(a', b')|² + |min(a, b) - min(a', b')|² is at most
/// |a - a'|² + |b - b'|², as it pairs the larger with the larger. The Jacobian is a permutation, so
/// gradients keep their length, where ReLU would lose half of it.
public struct MaxMin: NonexpansiveLayer {
  /// b, [C].
  public let bias: Tensor

  /// A layer of the given bias.
  public init(bias: Tensor) {
    precondition(bias.rank == 1 && bias.count % 2 == 0, "MaxMin of bias \(bias.shape)")
    self.bias = bias
  }

  /// A layer without a shift yet.
  public init(channels: Int, dtype: DType = .float32, device: Device = .cpu) {
    self.init(bias: Tensor.zeros([channels], dtype: dtype, device: device).differentiable())
  }

  public var state: ModuleState { ModuleState(parameters: ["bias": bias]) }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.pairsSorted(bias: bias) }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    SettledMaxMin(bias: bias.detached.to(dtype))
  }
}

struct SettledMaxMin: SettledLayer {
  let bias: Tensor
  private let shift: Double

  init(bias: Tensor) {
    self.bias = bias
    shift = bias.to(.float64).norm.item * (1 + 1e-9)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.pairsSorted(bias: bias) }

  var lipschitzBound: Double { 1 }

  func evaluated(in dtype: DType) -> any SettledLayer { SettledMaxMin(bias: bias.to(dtype)) }

  /// One addition for each channel; on maps the bias counts at each pixel.
  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    let norm = x.norm + shift * Double(x.pixels).squareRoot()
    return x.mapped(lipschitzBound: 1, norm: norm, own: bias.dtype.unitRoundoff * norm)
  }
}
