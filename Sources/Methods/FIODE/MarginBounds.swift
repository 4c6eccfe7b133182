import NeuralNetworks
import Tensors

/// Bounds of f̂_y - f̂_j, how much faster a simplex field wants the label to grow than a rival, over boxes
/// of states (linear relaxation, "CROWN": Zhang, Weng, Chen, Hsieh, Daniel 2018, arXiv 1811.00866).
///
/// Between linear functions of its input, relu z on [l, u] with l < 0 < u lies above z or 0, whichever is
/// nearer, and below u (z - l) / (u - l). Put in place of each relu according to the sign of what it is
/// multiplied with, from the last layer back to the states, they leave a linear function of η below the
/// margin, whose least value on a box is known (`BoundaryBoxes`).
struct MarginBounds {
  private let field: SimplexField
  /// W_1, [m, C], and the parts of W_2 above and below 0, [m, m].
  private let first: Tensor
  private let (positive, negative): (Tensor, Tensor)
  /// b_1, b_2 and b_3.
  private let biases: [Tensor]

  /// - Parameter field: of constant weights in float64.
  init(_ field: SimplexField) {
    self.field = field
    first = field.layers[0].weight
    positive = field.layers[1].weight.relu
    negative = field.layers[1].weight.minimum(0)
    biases = field.layers.map { $0.bias ?? .zeros(like: $0.weight.sum(along: 1)) }
  }

  /// The linear function below a margin, and its least value.
  struct Bound {
    /// Of the parts of states, [P, K].
    let rates: Tensor
    /// [P].
    let least: Tensor
  }

  /// - Parameter context: U φ of each box's image, [P, m].
  func callAsFunction(on boxes: BoundaryBoxes, context: Tensor) -> Bound {
    let count = context.shape[0]
    let shift = context + biases[0]
    let inner = boxes.rates(first.unsqueezed(0).expanded([count] + first.shape))
    let one = Relaxation(
      lower: boxes.least(inner) + shift, upper: -boxes.least(-inner) + shift)
    // z_2 = W_2 relu(z_1) + b_2, from below and from above.
    let below = first * one.lowerSlope.unsqueezed(2)
    let above = first * one.upperSlope.unsqueezed(2)
    let (low, high) = (one.lowerSlope * shift, one.upperSlope * shift + one.intercept)
    func mixed(_ a: Tensor, _ b: Tensor) -> Tensor {
      a.matmul(positive.transposed) + b.matmul(negative.transposed) + biases[1]
    }
    let lower = boxes.rates(positive.matmul(below) + negative.matmul(above))
    let upper = boxes.rates(positive.matmul(above) + negative.matmul(below))
    let two = Relaxation(
      lower: boxes.least(lower) + mixed(low, high),
      upper: -boxes.least(-upper) + mixed(high, low))
    return margin(on: boxes, one, two, shift: shift)
  }

  private func margin(
    on boxes: BoundaryBoxes, _ one: Relaxation, _ two: Relaxation, shift: Tensor
  ) -> Bound {
    func difference(_ rows: Tensor) -> Tensor {
      rows.selecting(boxes.label.squeezed(1)) - rows.selecting(boxes.rival.squeezed(1))
    }
    let outer = difference(field.layers[2].weight)
    let (second, secondConstant) = two.below(outer)
    let (inner, innerConstant) = one.below(second.matmul(field.layers[1].weight))
    let constant =
      difference(biases[2].unsqueezed(1)).squeezed(1) + secondConstant
      + innerConstant + (second * biases[1]).sum(along: 1)
      + (inner * shift).sum(along: 1)
    let rates = boxes.rates(inner.matmul(first).unsqueezed(1))
    return Bound(
      rates: rates.squeezed(1), least: boxes.least(rates).squeezed(1) + constant)
  }

  /// Lines below and above relu on intervals, [P, m] each.
  private struct Relaxation {
    /// Through 0.
    let lowerSlope: Tensor
    let upperSlope: Tensor
    /// Of the line above.
    let intercept: Tensor

    init(lower: Tensor, upper: Tensor) {
      let (l, u) = (lower.minimum(0), upper.maximum(0))
      upperSlope = u / (u - l).maximum(1e-30)
      intercept = -(upperSlope * l)
      lowerSlope = (u .> -l).to(lower.dtype)
    }

    /// A linear function of z below Σ a relu(z): its coefficients, and its constant [P].
    func below(_ a: Tensor) -> (Tensor, Tensor) {
      let (positive, negative) = (a.relu, a.minimum(0))
      return (
        positive * lowerSlope + negative * upperSlope, (negative * intercept).sum(along: 1)
      )
    }
  }
}
