import Tensors

extension Term {
  /// All nodes that this term is made of, each after its operands.
  static func ordered(_ roots: [Node]) -> [Node] {
    var order: [Node] = []
    var seen: Set<ObjectIdentifier> = []
    // Without recursion: formulas may be deep.
    var pending = roots.reversed().map { (node: $0, isExpanded: false) }
    while let (node, isExpanded) = pending.popLast() {
      if isExpanded {
        order.append(node)
      } else if seen.insert(ObjectIdentifier(node)).inserted {
        pending.append((node, true))
        pending += node.operands.reversed().map { ($0, false) }
      }
    }
    return order
  }

  /// The derivative of a term of one component with respect to the place, as a term of d components.
  ///
  /// At kinks it is Clarke's: what is bounded over a box encloses all its elements.
  ///
  /// - Parameter dimension: d.
  public func gradient(dimension: Int) -> Term {
    precondition(width == 1, "gradient of \(width) components")
    let nodes = Self.ordered([node])
    var derivatives: [ObjectIdentifier: Term] = [ObjectIdentifier(node): .constant(1)]
    var result: Term?
    for node in nodes.reversed() {
      guard let derivative = derivatives.removeValue(forKey: ObjectIdentifier(node)) else {
        continue
      }
      if node.operation is State {
        precondition(
          node.width == dimension, "places of \(node.width) and \(dimension) coordinates")
        result = result.map { $0 + derivative } ?? derivative
        continue
      }
      let operands = node.operands.map(Term.init(node:))
      let parts = node.operation.pullback(
        derivative, operands: operands, result: Term(node: node))
      for (operand, part) in zip(node.operands, parts) {
        guard let part, !part.isZero else { continue }
        let key = ObjectIdentifier(operand)
        derivatives[key] = derivatives[key].map { $0 + part } ?? part
      }
    }
    return result ?? .constant([Double](repeating: 0, count: dimension))
  }

  /// The derivative along a field: gradient · field, one component.
  public func rate(along field: Term) -> Term {
    gradient(dimension: field.width).dot(field)
  }

  /// The derivatives of all components: row i is the gradient of component i, [width] terms of d.
  public func jacobian(dimension: Int) -> [Term] {
    (0..<width).map { self[$0].gradient(dimension: dimension) }
  }
}
