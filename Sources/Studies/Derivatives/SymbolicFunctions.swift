import Tensors

/// A library of symbolic functions of time, of which windows of samples and their derivatives are drawn: sums of a
/// parabola, a wave and an exponential,
///
///     x(s) = a_0 + a_1 s + a_2 s² + b sin(ω s + φ) + c e^{γ s},   s in [-1, 1] over the window,
///
/// with normal a, b and c, ω in [0, 4], so that a window holds little more than a wave, and γ in [-2, 2]. All numbers
/// are drawn anew for each function.
struct SymbolicFunctions {
  /// Samples of a window, K.
  let windowSize: Int

  /// s of each sample, [K].
  static func places(_ windowSize: Int) -> Tensor {
    Tensor((0..<windowSize).map { 2 * Double($0) / Double(windowSize - 1) - 1 })
  }

  /// Windows without noise and dx/ds at their samples, [N, K] each.
  func windows(_ count: Int, generator: RandomGenerator) -> (values: Tensor, slopes: Tensor) {
    func draws(_ range: Range<Double>) -> Tensor {
      generator.uniform([count, 1], in: range, dtype: .float64)
    }
    func weights() -> Tensor { generator.normal([count, 1], dtype: .float64) }
    let s = Self.places(windowSize).unsqueezed(0)
    let (constant, linear, square) = (weights(), weights(), weights())
    let (wave, frequency, phase) = (weights(), draws(0..<4), draws(0..<2 * .pi))
    let (growth, rate) = (weights(), draws(-2..<2))
    let (angle, power) = (frequency * s + phase, growth * (rate * s).exp)
    return (
      constant + linear * s + square * s.squared + wave * angle.sin + power,
      linear + 2 * square * s + wave * frequency * angle.cos + power * rate
    )
  }
}
