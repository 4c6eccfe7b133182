import Tensors

/// Mirrors each image left to right with a given probability.
public struct HorizontalFlip: Augmentation {
  /// The name in a configuration.
  public let name = "flip"
  public let onlyMovesPixels = true
  /// The share of images that are mirrored, in [0, 1].
  public let probability: Double

  /// Creates the augmentation.
  public init(probability: Double = 0.5) {
    precondition(
      (0...1).contains(probability), "HorizontalFlip: probability \(probability) is not in [0, 1]")
    self.probability = probability
  }

  public func augmented(_ images: Tensor, draws: SampleDraws) -> Tensor {
    let isFlipped = draws.map(for: name) { $0.nextUnit() < probability }
    precondition(
      isFlipped.count == images.shape[0],
      "HorizontalFlip: \(isFlipped.count) draws for \(images.shape)")
    return .select(
      Tensor(isFlipped, shape: [isFlipped.count, 1, 1, 1], device: images.device),
      images.flipped(along: 3), images)
  }
}
