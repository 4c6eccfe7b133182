import Tensors

/// An affine map of the last axis: `y = x Wᵀ + b` with x [..., inputs], W [outputs, inputs].
public struct Linear: Module, Sendable {
  /// [outputs, inputs].
  public let weight: Tensor
  /// [outputs].
  public let bias: Tensor?

  /// A layer of the given tensors.
  public init(weight: Tensor, bias: Tensor? = nil) {
    precondition(
      weight.rank == 2 && (bias == nil || bias?.shape == [weight.shape[0]]),
      "Linear of weight \(weight.shape) and bias \(bias?.shape ?? [])")
    self.weight = weight
    self.bias = bias
  }

  /// A layer with PyTorch's default initialisation, uniform on ±1/√inputs.
  public init(
    inputs: Int, outputs: Int, hasBias: Bool = true, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    func parameter(_ shape: [Int]) -> Tensor {
      generator.parameter(shape, fanIn: inputs, dtype: dtype, device: device)
    }
    let weight = parameter([outputs, inputs])
    self.init(weight: weight, bias: hasBias ? parameter([outputs]) : nil)
  }

  /// y [..., outputs] of x [..., inputs], in the weight's numbers.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard MixedPrecision.isOfLayers else { return x.linear(weight: weight, bias: bias) }
    return x.halved.linear(weight: weight.halved, bias: bias?.halved).to(weight.dtype)
  }

  public var state: ModuleState { ModuleState(weight: weight, bias: bias) }
}

extension ModuleState {
  /// The trained tensors of a layer that may have no bias.
  init(weight: Tensor, bias: Tensor?) {
    if let bias {
      self.init(parameters: ["weight": weight, "bias": bias])
    } else {
      self.init(parameters: ["weight": weight])
    }
  }
}
