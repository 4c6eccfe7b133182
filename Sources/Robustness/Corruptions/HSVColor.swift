import Foundation

/// A colour by hue, saturation and value, each in [0, 1], in the order of arithmetic of
/// scikit-image's `rgb2hsv` and `hsv2rgb`. Greys have hue 0, that of red.
struct HSVColor {
  var hue: Double
  var saturation: Double
  var value: Double

  init(red: Double, green: Double, blue: Double) {
    value = max(red, green, blue)
    let spread = value - min(red, green, blue)
    guard spread > 0 else {
      (hue, saturation) = (0, 0)
      return
    }
    saturation = spread / value
    // Of equal largest channels the last one decides.
    let sixths =
      blue == value
      ? 4 + (red - green) / spread
      : green == value ? 2 + (blue - red) / spread : (green - blue) / spread
    let turns = sixths / 6
    hue = turns - turns.rounded(.down)
  }

  var rgb: (red: Double, green: Double, blue: Double) {
    let sector = (hue * 6).rounded(.down)
    let place = hue * 6 - sector
    let lowest = value * (1 - saturation)
    let falling = value * (1 - place * saturation)
    let rising = value * (1 - (1 - place) * saturation)
    switch Int(sector) % 6 {
    case 0: return (value, rising, lowest)
    case 1: return (falling, value, lowest)
    case 2: return (lowest, value, rising)
    case 3: return (lowest, falling, value)
    case 4: return (rising, lowest, value)
    default: return (value, lowest, falling)
    }
  }
}

extension ImagePlanes {
  /// An image whose colours are made one by one from those of this.
  ///
  /// - Precondition: there are three channels, red, green and blue.
  func mapColors(_ change: (inout HSVColor) -> Void) -> ImagePlanes {
    precondition(channels == 3, "colours need 3 channels, not \(channels)")
    var result = self
    result.values.withUnsafeMutableBufferPointer { values in
      for red in 0..<area {
        let (green, blue) = (red + area, red + 2 * area)
        var color = HSVColor(red: values[red], green: values[green], blue: values[blue])
        change(&color)
        (values[red], values[green], values[blue]) = color.rgb
      }
    }
    return result
  }
}
