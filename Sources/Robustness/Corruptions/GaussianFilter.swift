import Foundation

/// Smoothing by a sampled normal density, rows and columns apart: w_j ∝ exp(-j² / (2 σ²)) for
/// |j| <= r = ⌊t σ + 1/2⌋, of sum 1.
///
/// The order of additions is that of scipy.ndimage's `gaussian_filter`, on which scikit-image's
/// `gaussian` rests: first along columns, in each the pairs of neighbours from the outermost in.
struct GaussianFilter {
  /// w_0, ..., w_r.
  let weights: [Double]
  let border: ImageBorder

  /// - Parameters:
  ///   - deviation: σ in pixels, at least 0; below 1e-15 nothing is smoothed.
  ///   - truncation: t, where the density is cut off, in standard deviations.
  init(deviation: Double, truncation: Double = 4, border: ImageBorder = .nearest) {
    self.border = border
    guard deviation > 1e-15 else {
      weights = [1]
      return
    }
    let radius = Int(truncation * deviation + 0.5)
    let slope = -0.5 / (deviation * deviation)
    let densities = (0...radius).map { exp(slope * Double($0 * $0)) }
    let sum = (-radius...radius).reduce(0) { $0 + densities[abs($1)] }
    weights = densities.map { $0 / sum }
  }

  private var radius: Int { weights.count - 1 }

  func applied(to image: ImagePlanes) -> ImagePlanes {
    if radius == 0 { return image }
    return image.mapPlanes { alongColumns($0, into: $1, width: image.width) }
      .mapPlanes { alongRows($0, into: $1, width: image.width) }
  }

  private func alongColumns(
    _ plane: UnsafeBufferPointer<Double>, into result: UnsafeMutableBufferPointer<Double>,
    width: Int
  ) {
    let height = plane.count / width
    for y in 0..<height {
      let row = y * width
      for x in 0..<width { result[row + x] = plane[row + x] * weights[0] }
      for offset in (1...radius).reversed() {
        let weight = weights[offset]
        let above = border.pixel(y - offset, of: height) * width
        let below = border.pixel(y + offset, of: height) * width
        for x in 0..<width {
          result[row + x] += (plane[above + x] + plane[below + x]) * weight
        }
      }
    }
  }

  private func alongRows(
    _ plane: UnsafeBufferPointer<Double>, into result: UnsafeMutableBufferPointer<Double>,
    width: Int
  ) {
    let places = (-radius..<width + radius).map { border.pixel($0, of: width) }
    var line = [Double](repeating: 0, count: places.count)
    for row in stride(from: 0, to: plane.count, by: width) {
      for place in places.indices { line[place] = plane[row + places[place]] }
      line.withUnsafeBufferPointer { line in
        for x in 0..<width { result[row + x] = line[radius + x] * weights[0] }
        for offset in (1...radius).reversed() {
          let weight = weights[offset]
          let (left, right) = (radius - offset, radius + offset)
          for x in 0..<width { result[row + x] += (line[left + x] + line[right + x]) * weight }
        }
      }
    }
  }
}
