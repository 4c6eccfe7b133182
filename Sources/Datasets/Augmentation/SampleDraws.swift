import Tensors

/// The random numbers of a batch: those of a sample depend on seed, epoch and its own index only.
public struct SampleDraws: Sendable, Hashable {
  /// The seed of the training run.
  public let seed: UInt64
  /// The number of the epoch; any integer.
  public let epoch: Int
  /// The index of each sample of the batch in its data set.
  public let indices: [Int]

  /// Names the samples of a batch and when it is drawn for.
  public init(seed: UInt64, epoch: Int, indices: [Int]) {
    self.seed = seed
    self.epoch = epoch
    self.indices = indices
  }

  /// What `draw` makes of a generator of each sample's own, in the order of the batch.
  ///
  /// - Parameter purpose: What the numbers are for; those of other purposes are unrelated.
  public func map<Draw>(
    for purpose: String, _ draw: (inout SplitMix64) -> Draw
  ) -> [Draw] {
    var epochs = SplitMix64(seed: seed, stream: purpose, index: epoch)
    let seedOfEpoch = epochs.next()
    return indices.map { index in
      var generator = SplitMix64(seed: seedOfEpoch, stream: purpose, index: index)
      return draw(&generator)
    }
  }
}
