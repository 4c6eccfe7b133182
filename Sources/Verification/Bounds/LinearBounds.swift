import Tensors

/// Linear functions below and above each step, from the input to the outputs: affine forms. For few
/// inputs they cost little more than intervals, and they are right to second order in the box's size.
public struct LinearBounds: BoundMethod {
  public init() {}

  public func prepared(for program: Program) -> @Sendable (Boxes) -> [Enclosure] {
    { boxes in
      let forms = withoutGradients { program.forms(over: boxes) }
      return program.outputs.map {
        Enclosure(forms[$0].range, influence: forms[$0].slopes.magnitude, count: boxes.count)
      }
    }
  }
}

extension Program {
  func forms(over boxes: Boxes) -> [LinearForm] {
    precondition(
      boxes.dimension == dimension, "boxes of \(boxes.dimension) sides for \(dimension) coordinates"
    )
    return run(
      state: LinearForm(boxes),
      constant: { LinearForm(constant: $0.row.squeezed(0), dimension: dimension) }
    ) { $0.form($1) }
  }
}
