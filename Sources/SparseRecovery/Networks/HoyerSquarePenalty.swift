import Tensors

/// (Σ s)² / Σ s² (Yang, Wen, Li, "DeepHoyer: learning sparser neural network with differentiable
/// scale-invariant sparsity measures", 2020), from 1 for one element to n for n equal ones. As there,
/// it is a term of the loss, with a threshold at the end.
public struct HoyerSquarePenalty: NetworkPenalty {
  public static let name = "hoyer-square"

  public init() {}

  public func value(of magnitudes: Tensor) -> Tensor {
    magnitudes.sum().squared / magnitudes.squared.sum().maximum(1e-16)
  }
}
