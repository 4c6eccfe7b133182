import Tensors

/// The scale-invariant measure of sparsity R(x) = N(x) / ‖x‖₂^p with N(x) = Σ|x_i|^p, for p = ½
/// (l½ over l₂) or p = 1 (l₁ over l₂).
///
/// R(cx) = R(x), and k elements of equal size give k^¾ (p = ½) or k^½ (p = 1), so that
/// `effectiveSparsity` R^⁴ᐟ³ or R² counts elements. R(0) is 1, the lower limit at 0, which makes R
/// lower semicontinuous; the proximal operator then never gives 0 for x ≠ 0.
public struct RatioPenalty: ProximalFunction {
  /// How l½ over l₂ is written.
  public enum Form: Sendable {
    /// N / ‖x‖^½, with a separable numerator. The solvers minimise this one.
    case power
    /// Its square ‖x‖_½ / ‖x‖, with the same minimisers under a constraint.
    case norm
  }

  /// Of the elements' magnitudes in the numerator: ½ or 1.
  public enum Power: Sendable {
    case half, one
  }

  /// p, of the elements' magnitudes in the numerator.
  public let power: Power

  /// l₁/₂ over l₂, or the ratio of another power.
  public init(_ power: Power = .half) { self.power = power }

  var isHalf: Bool { power == .half }

  func numerator(_ x: Tensor) -> Tensor {
    (isHalf ? x.magnitude.squareRoot : x.magnitude).columnSums
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    ratio(x.scaledColumns(byTwoToThe: BinaryScale.exponents(ofColumns: x).map { -$0 }))
  }

  /// R of columns whose squares are numbers.
  func ratio(_ x: Tensor) -> Tensor {
    let length = x.columnNorms
    let safe = length.positiveOrOne
    let ratio = numerator(x) / (isHalf ? safe.squareRoot : safe)
    return Tensor.select(length .> 0, ratio, .ones(like: ratio))
  }

  /// R in another form.
  public func value(_ x: Tensor, form: Form) -> Tensor {
    form == .power || !isHalf ? self(x) : self(x).squared
  }

  /// How many elements of equal size have this ratio, in [1, n].
  public func effectiveSparsity(_ x: Tensor) -> Tensor { self(x).power(isHalf ? 4.0 / 3 : 2) }

  /// The exact proximal operator.
  ///
  /// The minimiser has the signs of x, keeps the order of |x| and is 0 but at some of its largest
  /// elements (exchanging or reflecting elements otherwise lowers the distance at equal R). With
  /// t = ‖z‖ and N = N(z), dR vanishes on the support where
  ///
  ///     z = H(|x| / (1 - κ); τ / ((1 - κ) t^p)),   κ = p τ N / t^{p+2},
  ///
  /// H being the half or soft threshold. This fixed point is iterated from truncations of x to its
  /// largest n, n/2, …, 3, 2 elements, and the best objective wins; that of a single element,
  /// τ + ½(‖x‖² - max x²), is a candidate too. It is a contraction while κ is small; where it might
  /// not be (κ > 0.1 at x), the directions that can be stationary are searched as well
  /// (`RatioPenalty+Search.swift`). Own derivation; a fine search in three dimensions finds nothing
  /// lower (tests). For p = 1: Tao, SISC 2022.
  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let size = x.magnitude
    let (n, count) = (x.shape[0], x.shape[1])
    let step = step.reshaped([1, -1]).expanded([1, count])
    let sorted = size.sorted(along: 0, descending: true).values
    var starts = [n]
    while starts.last! > 4 { starts.append(starts.last! / 2) }
    starts += [3, 2].filter { $0 < starts.last! }
    let d = Tensor.concatenated(starts.map { _ in size }, along: 1)
    let tau = Tensor.concatenated(starts.map { _ in step }, along: 1)
    let truncated = Tensor.concatenated(
      starts.map { Tensor.select(size .>= sorted[$0 - 1], size, .zeros(like: size)) }, along: 1)
    let z = fixedPoint(from: truncated, d: d, step: tau)

    let largest = sorted[0].unsqueezed(0)
    let single = size.argMax(along: 0).oneHot(n, dtype: x.dtype).transposed * largest
    var candidates = starts.indices.map { z.sliced(count * $0..<count * ($0 + 1), along: 1) }
    if (pull(at: size, step: step) .> 0.1).any().isTrue {
      candidates += stationaryPoints(size, sorted: sorted, step: step)
    }
    let all = Tensor.stacked(candidates + [single])
    let costs = Tensor.stacked(
      (candidates + [single]).map {
        ratio($0) * step + ($0 - size).squared.columnSums / 2
      })
    let best = costs.argMin(along: 0).unsqueezed(0).expanded([1, n, count])
    return all.gathering(best, along: 0).squeezed(0) * x.sign
  }

  /// κ.
  private func pull(at z: Tensor, step: Tensor) -> Tensor {
    let t = z.columnNorms.positiveOrOne
    return step * ratio(z) * (isHalf ? 0.5 : 1) / t.squared
  }

  private func fixedPoint(from start: Tensor, d: Tensor, step: Tensor) -> Tensor {
    var z = start
    for _ in 0..<1000 {
      let t = z.columnNorms.positiveOrOne
      let root = isHalf ? t.squareRoot : t
      let rest = 1 - pull(at: z, step: step).minimum(0.9)
      let mu = step / (rest * root)
      let next =
        isHalf ? (d / rest).halfThresholded(by: mu) : (d / rest).softThresholded(by: mu)
      let move = (next - z).magnitude.max(along: 0, keeping: true)
      z = next
      if !(move .> z.columnNorms * 1e-15).any().isTrue { break }
    }
    return z
  }
}
