import Tensors

/// A vector of k numbers over a box, enclosed by a linear function of the place in the box and a rest:
/// for all ξ in [-1, 1]^d, the box in coordinates of its own,
///
///     |y(ξ) - center - Σ_i slopes_i ξ_i| ≤ radius,   range.lower ≤ y(ξ) ≤ range.upper.
///
/// These are affine forms with one common rest: what two numbers share linearly cancels where they
/// meet, so that bounds are right to second order in the box's size.
struct LinearForm {
  /// [N, k].
  let center: Tensor
  /// [d, N, k].
  let slopes: Tensor
  /// [N, k], at least 0.
  let radius: Tensor
  /// Σ_i |slopes_i|, [N, k].
  let spread: Tensor
  let range: Interval
  /// How the operation that made this form is linearised, for the backward pass.
  let step: Linearization?

  /// - Parameter range: an enclosure found otherwise.
  init(
    center: Tensor, slopes: Tensor, radius: Tensor, within range: Interval? = nil,
    step: Linearization? = nil
  ) {
    self.center = center
    self.slopes = slopes
    self.radius = radius
    self.step = step
    let spread = slopes.magnitude.sum(along: 0)
    self.spread = spread
    let reach = spread + radius
    let margin = (center.magnitude + reach) * Rounding.factor(slopes.shape[0] + 4)
    let own = Interval(center - reach - margin, center + reach + margin)
    self.range = range.map(own.intersection) ?? own
  }

  var dimension: Int { slopes.shape[0] }
  var width: Int { slopes.shape[2] }

  /// |center| + spread + radius: no magnitude within the form is above it.
  var total: Tensor { center.magnitude + spread + radius }

  /// The places of boxes themselves.
  init(_ boxes: Boxes) {
    let center = boxes.centers
    let half = (boxes.upper - center).maximum(center - boxes.lower) * (1 + Rounding.factor(2))
    let slopes =
      half.unsqueezed(0)
      * Tensor.identity(boxes.dimension, dtype: .float64).unsqueezed(1)
    self.init(
      center: center, slopes: slopes, radius: .zeros(like: center),
      within: Interval(boxes.lower, boxes.upper))
  }

  /// Numbers that do not depend on the place: [k].
  init(constant: Tensor, dimension: Int) {
    let row = constant.unsqueezed(0)
    self.init(
      center: row, slopes: .zeros([dimension, 1, row.shape[1]], dtype: .float64),
      radius: .zeros(like: row), within: Interval(row))
  }
}

/// What an operation is over a box: Σ_j slopes_j ∘ operand_j + shift, off by at most `radius` and by what
/// rounding adds.
struct Linearization {
  /// A factor for each operand, [N, k]; nil where the operation is linear itself.
  var slopes: [Tensor]?
  /// [N, k] or [k]; nil is 0.
  var shift: Tensor?
  /// [N, k]; nil is 0.
  var radius: Tensor?
}
