import Foundation
import Tensors

/// Operations that give each level another one.
extension ImageLevels {
  /// 255 - x.
  var inverted: ImageLevels { ImageLevels(values: 255 - values) }

  /// Inverts the levels that are at least the image's threshold.
  func solarized(thresholds: [Double]) -> ImageLevels {
    ImageLevels(
      values: .select(values .>= perImage(thresholds), inverted.values, values))
  }

  /// Keeps the highest bits of each level, as many as are given for its image, from 0 to 8.
  func posterized(bits: [Int]) -> ImageLevels {
    let step = perImage(bits.map { Double(1 << (8 - $0)) })
    return ImageLevels(values: (values / step).floor * step)
  }

  /// Stretches the levels of each channel to reach from 0 to 255; a channel of one level stays.
  var autoContrasted: ImageLevels {
    let least = values.min(along: 2, 3, keeping: true)
    let scale = 255 / (values.max(along: 2, 3, keeping: true) - least)
    let stretched = ((values - least) * scale).clamped(to: 0...255).floor
    return ImageLevels(values: .select(scale.isFinite, stretched, values))
  }

  /// Spreads the levels of each channel so that their distribution is nearly uniform.
  ///
  /// With h the histogram of a channel and `step` a 255th, rounded down, of the pixels below the
  /// greatest level, level k becomes `(Σ_{j<k} h_j + step / 2) / step`, both quotients rounded down
  /// and the result at most 255. A channel whose step is 0 stays as it is.
  var equalized: ImageLevels {
    let (planeCount, area) = (count * channelCount, height * width)
    let levels = values.to(.int64).reshaped([planeCount, area])
    let planes = Tensor.range(planeCount, device: values.device).unsqueezed(1)
    let bins = levels + planes * Tensor([256] as [Int64], device: values.device)
    let histogram = Tensor.zeros([planeCount * 256], dtype: .float64, device: values.device)
      .adding(
        .ones([planeCount * area], dtype: .float64, device: values.device),
        at: bins.reshaped([planeCount * area])
      ).reshaped([planeCount, 256])
    let greatest = levels.max(along: 1, keeping: true)
    let step = ((Double(area) - histogram.gathering(greatest, along: 1)) / 255).floor
    let below = histogram.cumulativeSum(along: 1) - histogram
    let table = ((below + (step / 2).floor) / step.maximum(1)).floor.minimum(255)
    return ImageLevels(
      values: Tensor.select(
        step .> 0, table.gathering(levels, along: 1).to(.float32),
        values.reshaped([planeCount, area])
      ).reshaped(values.shape))
  }
}
