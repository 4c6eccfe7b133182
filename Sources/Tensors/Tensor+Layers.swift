import CTorch

/// The operations that layers are made of.
extension Tensor {
  /// `x Wᵀ + b` with x [..., in], W [out, in], b [out].
  public func linear(weight: Tensor, bias: Tensor? = nil) -> Tensor {
    Tensor(
      ct_linear(handle, weight.handle, bias?.handle), "linear", [self, weight])
  }

  /// Two-dimensional convolution: x [N, C, H, W], weight [out, C / groups, kH, kW].
  public func convolved(
    weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) -> Tensor {
    Tensor(
      ct_conv2d(
        handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(groups)),
      "convolved", [self, weight])
  }

  /// relu(x ⋆ weight + bias + shift): `convolved` with maps [N, out, H', W'] added, and ReLU. Where weight
  /// and bias need no derivatives, nothing in between is kept, and the gradient of images of up to 4
  /// channels takes a fraction of libtorch's time.
  public func convolvedAndRectified(
    weight: Tensor, bias: Tensor? = nil, adding shift: Tensor? = nil, stride: Int = 1,
    padding: Int = 0
  ) -> Tensor {
    Tensor(
      ct_rectified_conv2d(
        handle, weight.handle, bias?.handle, shift?.handle, Int64(stride), Int64(padding)),
      "convolvedAndRectified", [self, weight])
  }

  /// Normalisation of each channel of x [N, C, ...]. In training, with the batch's own statistics,
  /// which also move the running ones (updated in place).
  public func batchNormalized(
    weight: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor, isTraining: Bool,
    momentum: Double, epsilon: Double
  ) -> Tensor {
    Tensor(
      ct_batch_norm(
        handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, isTraining,
        momentum, epsilon),
      "batchNormalized", [self, weight])
  }

  /// ReLU of `batchNormalized` in training plus a shortcut of the same shape, the rows of one
  /// batch. Differentiable as often as wanted. On a CPU with channels innermost (float32, float64, or
  /// bfloat16 with float32 parameters) it takes two passes over memory, and two backwards.
  public func batchNormalizedAndRectified(
    weight: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor,
    adding shortcut: Tensor? = nil, momentum: Double, epsilon: Double
  ) -> Tensor {
    Tensor(
      ct_rectified_batch_norm(
        handle, shortcut?.handle, weight.handle, bias.handle, runningMean.handle,
        runningVariance.handle, momentum, epsilon),
      "batchNormalizedAndRectified", [self, weight])
  }

  /// (x - mean) / sqrt(var + epsilon) along the last axis, with the biased variance.
  public func layerNormalized(epsilon: Double = 1e-5) -> Tensor {
    Tensor(ct_layer_norm(handle, epsilon), "layerNormalized", [self])
  }

  /// e^x / Σ e^x along an axis, without overflow.
  public func softmax(along axis: Int) -> Tensor {
    Tensor(ct_softmax(handle, Int64(axis)), "softmax", [self])
  }

  /// ln softmax(x) along an axis, without overflow, and exact where a share rounds to 0.
  public func logSoftmax(along axis: Int) -> Tensor {
    Tensor(ct_log_softmax(handle, Int64(axis)), "logSoftmax", [self])
  }

  /// The largest element of each window of `size` x `size`, `stride` apart: x [N, C, H, W], with
  /// `padding` cells around it that never win.
  public func maxPooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
    Tensor(
      ct_max_pool2d(handle, Int64(size), Int64(stride), Int64(padding)), "maxPooled", [self])
  }
}

/// -ln softmax(logits)[label] of each sample: logits [N, L], labels [N] (int64); result [N].
public func crossEntropy(logits: Tensor, labels: Tensor) -> Tensor {
  -logits.logSoftmax(along: 1).gathering(columns: labels)
}
