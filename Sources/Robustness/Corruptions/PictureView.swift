import Images

/// A picture at another scale, of which only pieces are computed.
///
/// Bilinear without smoothing in the whole numbers of OpenCV's `resize` for 8-bit levels: weights
/// of 11 fractional bits, sums along rows cut by 4 bits and products along columns by 16.
struct PictureView {
  let height: Int
  let width: Int
  private let picture: JPEGImage
  /// How many pixels of the picture a pixel of the view is wide.
  private let step: Double

  /// - Parameter scale: the view's height over the picture's, at most; where that is less than a
  ///   piece needs, it is as much more as to leave a choice of two places.
  init(of picture: JPEGImage, scale: Double, coveringHeight: Int, width: Int) {
    self.picture = picture
    let scale = max(
      scale, Double(coveringHeight + 1) / Double(picture.height),
      Double(width + 1) / Double(picture.width))
    step = 1 / scale
    height = Int((Double(picture.height) * scale).rounded(.toNearestOrEven))
    self.width = Int((Double(picture.width) * scale).rounded(.toNearestOrEven))
  }

  /// Levels [height][width][3]; of a grey picture all three are alike.
  func piece(top: Int, left: Int, height: Int, width: Int) -> [[Int]] {
    let rows = (top..<top + height).map { Place($0, step: step) }
    let columns = (left..<left + width).map {
      Place($0, step: step).confined(to: picture.width)
    }
    return rows.flatMap { row in
      let above = min(max(row.pixel, 0), picture.height - 1)
      let below = min(max(row.pixel + 1, 0), picture.height - 1)
      return columns.map { column in
        (0..<3).map { channel in
          let upper = sum(row: above, column, channel)
          let lower = sum(row: below, column, channel)
          return
            (((row.weight * (upper >> 4)) >> 16) + ((row.nextWeight * (lower >> 4)) >> 16) + 2)
            >> 2
        }
      }
    }
  }

  private func sum(row: Int, _ column: Place, _ channel: Int) -> Int {
    let channel = picture.channels == 3 ? channel : 0
    func level(_ x: Int) -> Int {
      Int(picture.pixels[(row * picture.width + x) * picture.channels + channel])
    }
    return level(column.pixel) * column.weight
      + level(min(column.pixel + 1, picture.width - 1)) * column.nextWeight
  }

  /// Between which pixels a place lies, with weights in units of 2^-11.
  private struct Place {
    let pixel: Int
    let weight: Int
    let nextWeight: Int

    init(_ index: Int, step: Double) {
      let place = Float((Double(index) + 0.5) * step - 0.5)
      let pixel = place.rounded(.down)
      self.pixel = Int(pixel)
      weight = Int(((1 - (place - pixel)) * 2048).rounded(.toNearestOrEven))
      nextWeight = Int(((place - pixel) * 2048).rounded(.toNearestOrEven))
    }

    private init(pixel: Int) {
      self.pixel = pixel
      weight = 2048
      nextWeight = 0
    }

    /// Beyond the first or the last pixel stands that pixel.
    func confined(to count: Int) -> Place {
      pixel < 0 ? Place(pixel: 0) : pixel >= count - 1 ? Place(pixel: count - 1) : self
    }
  }
}
