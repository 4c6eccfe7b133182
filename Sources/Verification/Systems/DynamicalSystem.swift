import Tensors

/// dx/dt = f(x) with an equilibrium, in a box around it.
public struct DynamicalSystem: Sendable {
  /// f, as a term of d components of the state.
  public let field: Term
  /// c with f(c) = 0, up to rounding.
  public let equilibrium: [Double]
  /// The part of the state space that is looked at.
  public let box: [ClosedRange<Double>]

  /// The number of states.
  public var dimension: Int { equilibrium.count }

  /// - Precondition: field, equilibrium and box have as many components.
  public init(field: Term, equilibrium: [Double], box: [ClosedRange<Double>]) {
    precondition(
      field.width == equilibrium.count && box.count == equilibrium.count,
      "a field of \(field.width) components, an equilibrium of \(equilibrium.count) coordinates and "
        + "a box of \(box.count) sides")
    self.field = field
    self.equilibrium = equilibrium
    self.box = box
  }

  /// A field written as a function of the state.
  public init(
    equilibrium: [Double], box: [ClosedRange<Double>], field: (Term) -> Term
  ) {
    self.init(field: field(.state(equilibrium.count)), equilibrium: equilibrium, box: box)
  }

  /// f at places [N, d], float64.
  public func velocities(at places: Tensor) -> Tensor {
    Program(dimension: dimension, outputs: [field]).values(at: places)[0]
  }

  /// Df(c), [d, d].
  public var linearization: Tensor {
    let rows = field.jacobian(dimension: dimension)
    let place = Tensor(equilibrium, shape: [1, dimension])
    return .concatenated(Program(dimension: dimension, outputs: rows).values(at: place))
  }
}
