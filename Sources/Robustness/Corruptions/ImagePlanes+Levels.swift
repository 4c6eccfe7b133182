extension ImagePlanes {
  /// The 8-bit levels nearest to the values, which are confined to [0, 1].
  var levels: [Int] { values.map { Int((min(max($0, 0), 1) * 255).rounded()) } }

  /// An image of values level / 255.
  init(channels: Int, height: Int, width: Int, levels: [Int]) {
    self.init(
      channels: channels, height: height, width: width, values: levels.map { Double($0) / 255 })
  }

  /// Confined to [0, 1] and cut down to whole 8-bit levels in float32, as scripts do that computed
  /// in it: ⌊255 x⌋ / 255. Where x is a whole level but for rounding, the two widths can differ.
  var flooredToLevelsInFloat32: ImagePlanes {
    map { Double((min(max(Float($0), 0), 1) * 255).rounded(.down)) / 255 }
  }

  /// The grey of a pixel in float32, 0.299 R + 0.587 G + 0.114 B as OpenCV weighs it; where an
  /// image is not in three channels, each is its own grey.
  func grey(at pixel: Int, inChannel channel: Int) -> Float {
    channels == 3
      ? Self.grey((0..<3).map { Float(values[$0 * area + pixel]) })
      : Float(values[channel * area + pixel])
  }

  /// The grey of a colour, red, green, blue.
  static func grey(_ colour: [Float]) -> Float {
    colour[0] * 0.299 + colour[1] * 0.587 + colour[2] * 0.114
  }
}
