import Tensors

/// How many weights of a layer are not 0.
public struct LayerSparsity: Codable, Hashable, Sendable {
  /// As in the module's state.
  public let name: String
  /// [outputs, inputs], with the kernel's sides behind in a convolution.
  public let shape: [Int]
  /// Weights that are not 0.
  public let nonZeros: Int

  /// All weights of the layer.
  public var count: Int { shape.reduce(1, *) }

  /// Counts the weights of a layer.
  public init(_ weight: PenalizedWeight) {
    name = weight.name
    shape = weight.tensor.shape
    nonZeros = (weight.tensor.detached .!= 0).to(.int64).sum().integers[0]
  }
}

extension [LayerSparsity] {
  /// The share of all weights that are not 0; 1 if there are none.
  public var nonZeroShare: Double {
    let count = reduce(0) { $0 + $1.count }
    return count == 0 ? 1 : Double(reduce(0) { $0 + $1.nonZeros }) / Double(count)
  }
}
