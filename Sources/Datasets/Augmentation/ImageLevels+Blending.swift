import Tensors

/// Operations that mix an image with a poorer form of itself, `f · x + (1 - f) · poorer`: a factor of
/// 1 changes nothing, 0 gives the poorer form, and more than 1 goes away from it.
extension ImageLevels {
  /// Mixes with black.
  func brightened(by factors: [Double]) -> ImageLevels {
    blended(with: Tensor.zeros(like: values), factors)
  }

  /// Mixes with the grey image; a grey image stays as it is.
  func saturated(by factors: [Double]) -> ImageLevels {
    channelCount == 1 ? self : blended(with: luminance, factors)
  }

  /// Mixes with the mean of the grey image.
  func contrasted(by factors: [Double]) -> ImageLevels {
    blended(with: luminance.mean(along: 1, 2, 3, keeping: true), factors)
  }

  /// Mixes with a smoothed image: the mean of 3 by 3 pixels in which the middle counts five times,
  /// rounded; the border is not smoothed.
  func sharpened(by factors: [Double]) -> ImageLevels {
    guard height > 2, width > 2 else { return self }
    let weights = Tensor([1, 1, 1, 1, 5, 1, 1, 1, 1] as [Float], shape: [1, 1, 3, 3])
    let planes = values.reshaped([count * channelCount, 1, height, width])
    // Sums are integers, so that they are exact, and never halfway between two multiples of 13.
    let smoothed = (planes.convolved(weight: weights.to(values.device)) / 13).rounded
    let isInterior = Tensor.ones([height - 2, width - 2], dtype: .float32, device: values.device)
      .padded([1, 1, 1, 1])
    return blended(
      with: .select(
        isInterior .> 0, smoothed.padded([1, 1, 1, 1]).reshaped(values.shape), values),
      factors)
  }

  /// The grey image, [N, 1, H, W], with the weights of ITU-R 601, cut off to a level.
  private var luminance: Tensor {
    guard channelCount == 3 else { return values }
    func channel(_ index: Int) -> Tensor { values.sliced(index..<index + 1, along: 1) }
    return (channel(0) * 0.2989 + channel(1) * 0.587 + channel(2) * 0.114).floor
  }

  /// The blend in single precision with one rounding an operation, as the reference computes it: a
  /// last bit can decide which level a sum is cut off to.
  private func blended(with other: Tensor, _ factors: [Double]) -> ImageLevels {
    let sum = values * perImage(factors) + other * perImage(factors.map { 1 - $0 })
    return ImageLevels(values: sum.clamped(to: 0...255).floor)
  }
}
