import Tensors

extension RandomGenerator {
  /// A trainable tensor drawn uniformly from ±1/√fanIn, PyTorch's default for the weights and
  /// biases of linear and convolution layers: He et al. 2015 with slope a = √5, hence a bound of
  /// √(6 / ((1 + a²) fanIn)).
  ///
  /// - Parameter fanIn: numbers that enter one output.
  public func parameter(
    _ shape: [Int], fanIn: Int, dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    precondition(fanIn > 0, "parameter(\(shape)): a fan-in of \(fanIn)")
    let bound = 1 / Double(fanIn).squareRoot()
    return uniform(shape, in: -bound..<bound, dtype: dtype).to(device).differentiable()
  }
}
