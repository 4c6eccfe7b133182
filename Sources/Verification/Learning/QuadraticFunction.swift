import Tensors

extension SlowedSystem {
  /// V = (u - c)'P(u - c) as a term of the place x: the classical estimate, from the linearization alone.
  public var quadraticFunction: Term {
    let offset = unitBox.units(of: .state(system.dimension)) - .constant(center.doubles)
    return offset.dot(offset.linear(weight: matrix))
  }
}
