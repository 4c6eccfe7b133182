/// The operations of AutoAugment, by the names of its paper.
///
/// Strengths, signs and arithmetic are those of torchvision's `AutoAugment` on uint8 tensors with
/// nearest-neighbour interpolation and black outside of the image.
package enum AutoAugmentOperation: String, Sendable, CaseIterable {
  case shearX, shearY, translateX, translateY, rotate
  case brightness, color, contrast, sharpness
  case posterize, solarize, autoContrast, equalize, invert

  /// How strong the operation is at a level.
  ///
  /// Slope of a shear, whole pixels of a translation, degrees of a rotation, change of the factor of
  /// a blend: each 0 at level 0 and of the given sign. Bits that posterizing keeps (8 to 4), level
  /// from which solarizing inverts (255 to 0): without a sign. 0 for the others.
  ///
  /// - Parameters:
  ///   - level: The strength, 0 to 9.
  ///   - isPositive: The sign, where the operation has one.
  package func magnitude(level: Int, isPositive: Bool, height: Int, width: Int) -> Double {
    // The reference's table is in single precision, and the last bit can decide about a pixel.
    func between(_ start: Double, _ end: Double) -> Double {
      let (start, end) = (Float(start), Float(end))
      let step = (end - start) / 9
      return Double(level < 5 ? start + step * Float(level) : end - step * Float(9 - level))
    }
    func signed(upTo limit: Double) -> Double { (isPositive ? 1 : -1) * between(0, limit) }
    func pixels(of extent: Int) -> Double {
      signed(upTo: 150.0 / 331 * Double(extent)).rounded(.towardZero)
    }
    return switch self {
    case .shearX, .shearY: signed(upTo: 0.3)
    case .translateX: pixels(of: width)
    case .translateY: pixels(of: height)
    case .rotate: signed(upTo: 30)
    case .brightness, .color, .contrast, .sharpness: signed(upTo: 0.9)
    case .posterize: 8 - (Double(level) / 2.25).rounded()
    case .solarize: between(255, 0)
    case .autoContrast, .equalize, .invert: 0
    }
  }

  /// The images after this operation, each with a magnitude of its own.
  package func applied(to images: ImageLevels, magnitudes: [Double]) -> ImageLevels {
    switch self {
    case .shearX: images.resampled(magnitudes.map { .shearX($0, height: images.height) })
    case .shearY: images.resampled(magnitudes.map { .shearY($0, width: images.width) })
    case .translateX: images.resampled(magnitudes.map { .translation(x: $0) })
    case .translateY: images.resampled(magnitudes.map { .translation(y: $0) })
    case .rotate: images.resampled(magnitudes.map { .rotation(degrees: $0) })
    case .brightness: images.brightened(by: magnitudes.map { 1 + $0 })
    case .color: images.saturated(by: magnitudes.map { 1 + $0 })
    case .contrast: images.contrasted(by: magnitudes.map { 1 + $0 })
    case .sharpness: images.sharpened(by: magnitudes.map { 1 + $0 })
    case .posterize: images.posterized(bits: magnitudes.map { Int($0) })
    case .solarize: images.solarized(thresholds: magnitudes)
    case .autoContrast: images.autoContrasted
    case .equalize: images.equalized
    case .invert: images.inverted
    }
  }
}
