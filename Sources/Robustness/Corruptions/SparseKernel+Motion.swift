import Foundation

extension SparseKernel {
  /// The blur of a motion in one direction, by the rule of ImageMagick's `MotionBlurImage`.
  ///
  /// Tap i = 0, 1, ..., 2 ⌈radius⌉ weighs exp(-i² / (2 σ²)), over the sum of all, and reads the
  /// pixel i steps away along the angle θ: dx = ⌈i cos θ - 1/2⌉, dy = ⌈i sin θ - 1/2⌉. Beyond the
  /// edge stands the nearest pixel. (MagickCore/effect.c; its result is then rounded to levels.)
  ///
  /// - Parameters:
  ///   - radius: in pixels, above 0.
  ///   - deviation: σ in pixels, above 0.
  ///   - degrees: θ, clockwise from the right on an image whose rows run downwards.
  static func motion(radius: Double, deviation: Double, degrees: Double) -> SparseKernel {
    let width = 2 * Int(radius.rounded(.up)) + 1
    let weights = (0..<width).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = weights.reduce(0, +)
    let angle = degrees * .pi / 180
    let taps = weights.enumerated().map { step, weight in
      Tap(
        dx: Int((Double(step) * cos(angle) - 0.5).rounded(.up)),
        dy: Int((Double(step) * sin(angle) - 0.5).rounded(.up)), weight: weight / sum)
    }
    return SparseKernel(taps: taps, border: .nearest)
  }
}
