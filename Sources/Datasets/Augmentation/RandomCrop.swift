import Tensors

/// Moves each image by up to `padding` pixels up or down and left or right; what enters is black.
///
/// With offsets `dy, dx` uniform in `0...2 · padding`, and `x` padded by `padding` zeros on each side,
/// `result[c, i, j] = padded[c, i + dy, j + dx]`. The usual augmentation of CIFAR-10 (He et al.
/// 2016, *Deep residual learning*: 4 pixels), as torchvision's `RandomCrop(32, padding=4)`.
public struct RandomCrop: Augmentation {
  /// The name in a configuration.
  public let name = "crop"
  public let onlyMovesPixels = true
  /// Pixels of zeros on each side.
  public let padding: Int

  /// Creates the augmentation; `padding` is zero or more.
  public init(padding: Int = 4) {
    precondition(padding >= 0, "RandomCrop: padding \(padding) is negative")
    self.padding = padding
  }

  public func augmented(_ images: Tensor, draws: SampleDraws) -> Tensor {
    let shape = images.shape
    let (count, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    let paddedWidth = width + 2 * padding
    let offsets = draws.map(for: name) { generator in
      let row = generator.next(below: 2 * padding + 1)
      return Int64(row * paddedWidth + generator.next(below: 2 * padding + 1))
    }
    precondition(offsets.count == count, "RandomCrop: \(offsets.count) draws for \(shape)")

    // Positions in a flattened plane of the padded image: those of its corner, moved.
    let corner = (0..<height).flatMap { row in
      (0..<width).map { Int64(row * paddedWidth + $0) }
    }
    let positions =
      Tensor(corner, shape: [1, 1, height * width], device: images.device)
      + Tensor(offsets, shape: [count, 1, 1], device: images.device)
    return images.padded([padding, padding, padding, padding]).flattened(from: 2)
      .gathering(positions.expanded([count, channels, height * width]), along: 2)
      .reshaped(shape)
  }
}
