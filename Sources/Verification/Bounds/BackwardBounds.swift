import Tensors

/// Linear bounds found backwards from the outputs (CROWN; Zhang et al. 2018), on the relaxations that
/// affine forms give: what each step's relaxation leaves open counts with the coefficient that the step
/// really has in the output, so that errors of many steps cancel where they do. At least as tight as
/// `LinearBounds`, which it needs.
///
/// Each step has one slope for both bounds, so that one pass serves both.
public struct BackwardBounds: BoundMethod {
  public init() {}

  public func prepared(for program: Program) -> @Sendable (Boxes) -> [Enclosure] {
    { boxes in
      withoutGradients {
        let forms = program.forms(over: boxes)
        return program.outputs.map { output in
          let (range, slopes) = program.traced(output, through: forms, over: boxes)
          return Enclosure(
            range.intersection(forms[output].range), influence: slopes.magnitude,
            count: boxes.count)
        }
      }
    }
  }
}

extension Program {
  /// The enclosure of one step traced back to the input: its range, and its slopes [d, N, k].
  fileprivate func traced(
    _ output: Int, through forms: [LinearForm], over boxes: Boxes
  ) -> (Interval, Tensor) {
    let width = steps[output].width
    let count = boxes.count
    // The longest sum and all that are added up.
    let roundings = steps.count + (steps.map(\.width).max() ?? 0)
    // Coefficients of each step in the output's components, [k, N, width of the step].
    var coefficients = [Tensor?](repeating: nil, count: steps.count)
    coefficients[output] = Tensor.identity(width, dtype: .float64).unsqueezed(1)
      .expanded([width, count, width])
    var center = Tensor.zeros([width, count], dtype: .float64)
    var reach = center
    func add(_ own: Tensor, middle: Tensor?, radius: Tensor?) {
      if let middle { center = center + (own * middle).sum(along: 2) }
      let margin =
        (middle?.magnitude ?? .zeros([1, 1], dtype: .float64))
        * Rounding.factor(roundings + 4)
      reach = reach + (own.magnitude * (radius.map { $0 + margin } ?? margin)).sum(along: 2)
    }
    var slopes = Tensor.zeros([width, count, dimension], dtype: .float64)
    for place in (0...output).reversed() {
      guard let own = coefficients[place] else { continue }
      coefficients[place] = nil
      let (step, form) = (steps[place], forms[place])
      if step.operation is State {
        slopes = slopes + own
      } else if step.isConstant {
        add(own, middle: form.center, radius: form.radius + form.spread)
      } else {
        let operands = step.operands.map { forms[$0] }
        let rounding = form.step!.radius ?? step.operation.roundingMargin(operands)
        add(own, middle: form.step!.shift, radius: rounding)
        let parts = step.operation.transposed(own, through: form, of: operands)
        for (operand, part) in zip(step.operands, parts) {
          guard let before = coefficients[operand] else {
            coefficients[operand] = part
            continue
          }
          coefficients[operand] = before + part
          // The sum of coefficients is rounded too.
          let size = (before.magnitude + part.magnitude) * forms[operand].total
          reach = reach + size.sum(along: 2) * Rounding.factor(2)
        }
      }
    }
    let state = forms[steps.firstIndex { $0.operation is State } ?? output]
    center = center + (slopes * state.center).sum(along: 2)
    let sides = slopes * state.spread
    let extent = sides.magnitude.sum(along: 2)
    let size = (slopes.magnitude * state.total).sum(along: 2) + center.magnitude + reach
    let margin = size * Rounding.factor(roundings + dimension + 8)
    let total = extent + reach * (1 + Rounding.factor(roundings + 4)) + margin
    return (
      Interval((center - total).transposed, (center + total).transposed),
      sides.permuted([2, 1, 0])
    )
  }
}
