import Tensors

/// The order in which an epoch visits the samples: a pure function of the seed and the epoch.
///
/// A resumed run needs no generator state; it asks for the same order again.
///
/// ```swift
/// let order = SeededPermutation(count: train.count, seed: 0, epoch: 3)
/// for indices in Batches(of: order.indices, size: 128) { ... }
/// ```
public struct SeededPermutation: Sendable, Equatable {
  /// Every index in `0..<count` exactly once.
  public let indices: [Int]

  /// Creates the order of one epoch.
  ///
  /// - Parameters:
  ///   - count: The number of samples, zero or more.
  ///   - seed: The seed of the training run.
  ///   - epoch: The number of the epoch; any integer.
  public init(count: Int, seed: UInt64, epoch: Int) {
    var generator = SplitMix64(seed: seed, stream: "epoch", index: epoch)
    self.init(count: count, using: &generator)
  }

  /// Creates an order by Fisher and Yates' shuffle, each of the `count!` orders equally likely.
  ///
  /// - Complexity: O(`count`).
  public init(count: Int, using generator: inout SplitMix64) {
    precondition(count >= 0, "SeededPermutation: count \(count) is negative")
    var indices = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      indices.swapAt(last, generator.next(below: last + 1))
    }
    self.indices = indices
  }
}
