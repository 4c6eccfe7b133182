import Tensors

extension LabelledSamples {
  /// The chosen samples as tensors on the CPU, in the order of `indices`.
  ///
  /// - Returns: `inputs` of type float32 and shape `[indices.count] + sampleShape`, images in
  ///   [0, 1]; `labels` of type int64 and shape `[indices.count]`.
  public func batch(_ indices: some Collection<Int>) -> (inputs: Tensor, labels: Tensor) {
    (
      Tensor(samples.values(at: indices), shape: [indices.count] + sampleShape),
      Tensor(indices.map { Int64(labels[$0]) }, shape: [indices.count])
    )
  }
}
