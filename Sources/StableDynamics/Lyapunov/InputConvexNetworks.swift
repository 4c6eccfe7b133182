import NeuralNetworks
import Tensors

/// ICNN (Amos, Xu, Kolter 2017), a network of its own for each class: the paper's ablation that
/// shares nothing between classes. Parameters are batched over classes.
public struct InputConvexNetworks: ConvexArchitecture {
  let hidden: [Tensor]
  let input: [Tensor]
  let bias: [Tensor]

  /// Creates a network for each class, of initial weights that are non-negative where they have to
  /// be.
  ///
  /// - Parameters:
  ///   - dimension: d of x.
  ///   - sizes: widths n_0, ..., n_{k-1}; the last is 1.
  public init(
    classCount: Int, dimension: Int, sizes: [Int], generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    precondition(sizes.last == 1, "the last width of a convex network is 1, not \(sizes)")
    let widths = [dimension] + sizes
    let layers = sizes.indices
    hidden = layers.map {
      generator.uniform(
        [classCount, sizes[$0], widths[$0]], in: 0..<(2 / Double(widths[$0])), dtype: dtype
      ).to(device).differentiable()
    }
    input = layers.map {
      let bound = 1 / Double(dimension).squareRoot()
      return generator.uniform(
        [classCount, sizes[$0], dimension], in: -bound..<bound, dtype: dtype
      ).to(device).differentiable()
    }
    bias = layers.map {
      let bound = 1 / Double(widths[$0]).squareRoot()
      return generator.uniform([classCount, sizes[$0]], in: -bound..<bound, dtype: dtype)
        .to(device).differentiable()
    }
  }

  public var nonNegative: [Tensor] { hidden }

  public func networks(for equilibria: Tensor) -> ClassConvexNetworks {
    ClassConvexNetworks(
      layers: hidden.indices.map { k in
        k == 0
          ? .init(hidden: nil, input: hidden[0] + input[0], bias: bias[0])
          : .init(hidden: hidden[k], input: input[k], bias: bias[k])
      })
  }

  public var state: ModuleState {
    hidden.indices.reduce(ModuleState()) { state, k in
      state
        + ModuleState(parameters: [
          "z.\(k)": hidden[k], "x.\(k)": input[k], "b.\(k)": bias[k],
        ])
    }
  }
}
