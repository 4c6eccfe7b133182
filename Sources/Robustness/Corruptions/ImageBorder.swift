/// What a filter sees beyond the edge of a line of pixels a b c d.
enum ImageBorder {
  /// a a | a b c d | d d: `nearest` of scipy.ndimage, `edge` of ImageMagick.
  case nearest
  /// b a | a b c d | d c: `reflect` of scipy.ndimage.
  case reflect
  /// c b | a b c d | c b: `mirror` of scipy.ndimage, `BORDER_REFLECT_101` of OpenCV.
  case mirror

  /// The pixel, in 0 ..< count, that stands for place `index`, which may be any integer.
  func pixel(_ index: Int, of count: Int) -> Int {
    if index >= 0 && index < count { return index }
    switch self {
    case .nearest: return min(max(index, 0), count - 1)
    case .reflect:
      let place = Self.remainder(index, 2 * count)
      return min(place, 2 * count - 1 - place)
    case .mirror:
      guard count > 1 else { return 0 }
      let place = Self.remainder(index, 2 * count - 2)
      return min(place, 2 * count - 2 - place)
    }
  }

  private static func remainder(_ index: Int, _ period: Int) -> Int {
    let remainder = index % period
    return remainder < 0 ? remainder + period : remainder
  }
}
