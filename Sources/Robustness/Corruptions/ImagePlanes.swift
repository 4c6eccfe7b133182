import Tensors

/// One image as planes of 64-bit numbers, [C][H][W], for corruptions that are loops over pixels.
///
/// 64 bits because the published scripts compute so and cut down to whole 8-bit levels: where the
/// exact value is a whole level, the error of float32 would decide between it and the one below.
struct ImagePlanes {
  let channels: Int
  let height: Int
  let width: Int
  /// Row after row, plane after plane.
  var values: [Double]

  init(channels: Int, height: Int, width: Int, values: [Double]) {
    precondition(
      values.count == channels * height * width,
      "\(values.count) values do not fill \(channels) x \(height) x \(width)")
    self.channels = channels
    self.height = height
    self.width = width
    self.values = values
  }

  /// - Parameter image: [C, H, W]. Values that are 8-bit levels but for the error of float32 become
  ///   the nearest doubles to level / 255.
  /// - Precondition: the rank is 3.
  init(_ image: Tensor) {
    let shape = image.shape
    precondition(shape.count == 3, "an image [C, H, W] is needed, not \(shape)")
    self.init(
      channels: shape[0], height: shape[1], width: shape[2],
      values: image.doubles.map { value in
        let level = (value * 255).rounded()
        return abs(value * 255 - level) < 1e-4 ? level / 255 : value
      })
  }

  /// The image [C, H, W] in float32.
  var tensor: Tensor { Tensor(values.map { Float($0) }, shape: [channels, height, width]) }

  /// The number of pixels.
  var area: Int { height * width }

  /// An image of the same size whose planes are made one by one from the planes of this.
  ///
  /// - Parameter fill: given a plane of H x W values and where to write the new one, which is zero.
  func mapPlanes(
    _ fill: (UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
  ) -> ImagePlanes {
    var result = self
    result.values = [Double](unsafeUninitializedCapacity: values.count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      values.withUnsafeBufferPointer { source in
        for channel in 0..<channels {
          let plane = channel * area..<(channel + 1) * area
          fill(
            UnsafeBufferPointer(rebasing: source[plane]),
            UnsafeMutableBufferPointer(rebasing: buffer[plane]))
        }
      }
      initialized = values.count
    }
    return result
  }

  /// An image of the same size whose values are made one by one from those of this.
  func map(_ change: (Double) -> Double) -> ImagePlanes {
    ImagePlanes(channels: channels, height: height, width: width, values: values.map(change))
  }

  /// Confined to [0, 1] and cut down to whole 8-bit levels: ⌊255 x⌋ / 255.
  var flooredToLevels: ImagePlanes {
    map { (min(max($0, 0), 1) * 255).rounded(.down) / 255 }
  }

  /// Confined to [0, 1] and rounded to whole 8-bit levels: ⌊255 x + 1/2⌋ / 255.
  var roundedToLevels: ImagePlanes {
    map { (min(max($0, 0), 1) * 255 + 0.5).rounded(.down) / 255 }
  }
}
