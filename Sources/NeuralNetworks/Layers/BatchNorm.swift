import Tensors

/// Normalisation of each channel of x [N, C, ...] (Ioffe, Szegedy 2015):
/// `y = weight (x - mean) / √(var + ε) + bias`.
///
/// In training, mean and (biased) variance are the batch's; they also move the running ones,
/// `running ← (1 - momentum) running + momentum batch` with the unbiased variance. In inference
/// they are the running ones. Of a batch that processes share (`BatchShard`), they are those of the
/// whole batch.
public struct BatchNorm: Module, Sendable {
  /// [C], 1 at first.
  public let weight: Tensor
  /// [C], 0 at first.
  public let bias: Tensor
  /// [C], a buffer called `running_mean`, 0 at first.
  public let runningMean: Tensor
  /// [C], a buffer called `running_var`, 1 at first.
  public let runningVariance: Tensor
  /// Added to the variance, ε.
  public let epsilon: Double
  /// Weight of a batch in the running statistics.
  public let momentum: Double

  /// A layer that does nothing yet but normalise.
  public init(
    channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    weight = Tensor.ones([channels], dtype: dtype, device: device).differentiable()
    bias = Tensor.zeros([channels], dtype: dtype, device: device).differentiable()
    runningMean = .zeros([channels], dtype: dtype, device: device)
    runningVariance = .ones([channels], dtype: dtype, device: device)
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// y of x [N, C, ...]; in training it also moves the running statistics.
  public func callAsFunction(_ x: Tensor, mode: ForwardMode) -> Tensor {
    if mode == .training, let shard = BatchShard.current {
      return synchronized(x.to(weight.dtype), over: shard).to(x.dtype)
    }
    return x.batchNormalized(
      weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
      isTraining: mode == .training, momentum: momentum, epsilon: epsilon)
  }

  /// relu(y + shortcut) of x, in training with fewer passes over memory where channels are innermost.
  ///
  /// - Parameter shortcut: of the shape of x.
  public func rectified(_ x: Tensor, adding shortcut: Tensor? = nil, mode: ForwardMode) -> Tensor {
    if mode == .training, BatchShard.current == nil {
      return x.batchNormalizedAndRectified(
        weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
        adding: shortcut, momentum: momentum, epsilon: epsilon)
    }
    let y = self(x, mode: mode)
    return (shortcut.map { y + $0 } ?? y).relu
  }

  public var state: ModuleState {
    ModuleState(
      parameters: ["weight": weight, "bias": bias],
      buffers: ["running_mean": runningMean, "running_var": runningVariance])
  }
}
