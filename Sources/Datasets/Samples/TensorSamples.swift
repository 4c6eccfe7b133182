import Tensors

/// Labelled samples on a device, of which batches are cut without a way through the host.
///
/// Images stay there as bytes, a quarter of the memory, and become numbers in [0, 1] batch by batch,
/// with the bits that `LabelledSamples.batch` gives them.
public struct TensorSamples: Sendable {
  /// Bytes of images, or the numbers of points.
  private let elements: Tensor
  /// What bytes are divided by, float32 on the device; nil of points.
  private let divisor: Tensor?
  /// The class of each sample, [N] (int64).
  public let labels: Tensor
  /// The type of the numbers in a batch.
  public let dtype: DType

  /// Copies samples to a device.
  public init(_ samples: LabelledSamples, dtype: DType = .float32, device: Device = .cpu) {
    let shape = [samples.count] + samples.sampleShape
    switch samples.samples.storage {
    case .bytes(let bytes, let divisor):
      elements = Tensor(bytes, shape: shape, device: device)
      self.divisor = .full(Double(divisor), [1], device: device)
    case .values(let values):
      elements = Tensor(values, shape: shape).to(dtype).to(device)
      divisor = nil
    }
    labels = Tensor(samples.labels.map(Int64.init), device: device)
    self.dtype = dtype
  }

  private init(elements: Tensor, divisor: Tensor?, labels: Tensor, dtype: DType) {
    self.elements = elements
    self.divisor = divisor
    self.labels = labels
    self.dtype = dtype
  }

  /// The number of samples.
  public var count: Int { labels.shape[0] }

  /// What the samples take up on the device, labels included.
  public var byteCount: Int {
    elements.count * elements.dtype.size + labels.count * labels.dtype.size
  }

  /// The first so many samples; they share memory with these.
  public func prefix(_ limit: Int) -> TensorSamples {
    let range = 0..<min(limit, count)
    return TensorSamples(
      elements: elements.sliced(range), divisor: divisor, labels: labels.sliced(range),
      dtype: dtype)
  }

  /// Consecutive samples.
  ///
  /// - Returns: `inputs` of type `dtype` and shape `[range.count] + sampleShape`, images in [0, 1];
  ///   `labels` of type int64.
  public func batch(_ range: Range<Int>) -> (inputs: Tensor, labels: Tensor) {
    (numbers(elements.sliced(range)), labels.sliced(range))
  }

  /// The chosen samples, in the order of `indices`.
  public func batch(_ indices: [Int]) -> (inputs: Tensor, labels: Tensor) {
    let rows = positions(indices)
    return (numbers(elements.selecting(rows)), labels.selecting(rows))
  }

  /// The samples that draws are for, their inputs changed by one augmentation after the other.
  ///
  /// Augmentations that only move pixels are applied to bytes as long as no other one precedes them.
  public func batch(
    _ draws: SampleDraws, augmentedBy augmentations: [any Augmentation]
  ) -> (inputs: Tensor, labels: Tensor) {
    let rows = positions(draws.indices)
    let movements = augmentations.prefix(while: \.onlyMovesPixels)
    let moved = movements.reduce(elements.selecting(rows)) { $1.augmented($0, draws: draws) }
    let inputs = augmentations.dropFirst(movements.count)
      .reduce(numbers(moved)) { $1.augmented($0, draws: draws) }
    return (inputs, labels.selecting(rows))
  }

  private func positions(_ indices: [Int]) -> Tensor {
    Tensor(indices.map(Int64.init), device: labels.device)
  }

  /// Bytes as the nearest float32 to their quotients, then in `dtype`.
  private func numbers(_ elements: Tensor) -> Tensor {
    // By a tensor on the device: a division by a number may become a product with its reciprocal.
    divisor.map { (elements.to(.float32) / $0).to(dtype) } ?? elements
  }
}
