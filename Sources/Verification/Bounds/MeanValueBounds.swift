import Tensors

/// The mean value form: g(x) is in g(c) + Σ_i ∂_i g(box) (x_i - c_i) with c in the box's middle, the
/// derivatives bounded by intervals. Right to second order; it computes the derivatives of all outputs.
public struct MeanValueBounds: BoundMethod {
  public init() {}

  public func prepared(for program: Program) -> @Sendable (Boxes) -> [Enclosure] {
    let derivatives = Program(
      dimension: program.dimension,
      outputs: program.terms.flatMap { $0.jacobian(dimension: program.dimension) })
    return { boxes in
      withoutGradients { Self.enclosures(of: program, derivatives, over: boxes) }
    }
  }

  private static func enclosures(
    of program: Program, _ derivatives: Program, over boxes: Boxes
  ) -> [Enclosure] {
    let state = LinearForm(boxes)
    let offsets = Interval(-state.spread, state.spread)
    let centers = state.center
    let whole = program.ranges(over: boxes)
    let middle = program.ranges(over: Boxes(lower: centers, upper: centers))
    let slopes = derivatives.ranges(over: boxes)
    var gradients = derivatives.outputs.makeIterator()
    return program.outputs.map { output in
      let own = (0..<program.steps[output].width).map { _ in slopes[gradients.next()!] }
      let changes = own.map { Dot().interval([$0, offsets]) }
      let change = Interval(
        .concatenated(changes.map(\.lower), along: 1),
        .concatenated(changes.map(\.upper), along: 1))
      let influence = own.map { ($0.magnitude * state.spread).transposed }
      return Enclosure(
        (middle[output] + change).intersection(whole[output]),
        influence: .stacked(influence, along: 2), count: boxes.count)
    }
  }
}
