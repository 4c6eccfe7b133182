import Tensors

/// Terms made ready to be computed for many places or boxes at once: a list of steps, each on the results
/// of earlier ones, without any step twice.
public struct Program: Sendable {
  struct Step: Sendable {
    let operation: any Operation
    /// Places of the operands in the list.
    let operands: [Int]
    let width: Int
    let label: String?
    /// Whether the result is the same everywhere.
    let isConstant: Bool
  }

  /// The number of coordinates of a place.
  public let dimension: Int
  /// The outputs as they were given.
  public let terms: [Term]
  let steps: [Step]
  /// Places of the outputs in the list.
  let outputs: [Int]
  /// The number of components of each output.
  public var widths: [Int] { outputs.map { steps[$0].width } }

  /// - Precondition: the terms' places have `dimension` coordinates.
  public init(dimension: Int, outputs: [Term]) {
    var steps: [Step] = []
    var places: [ObjectIdentifier: Int] = [:]
    var known: [String: Int] = [:]
    for node in Term.ordered(outputs.map(\.node)) {
      let operands = node.operands.map { places[ObjectIdentifier($0)]! }
      let identity = node.operation.identity.map { "\($0) of \(operands)" }
      if let identity, let place = known[identity] {
        places[ObjectIdentifier(node)] = place
        continue
      }
      let isState = node.operation is State
      precondition(
        !isState || node.width == dimension,
        "a place of \(node.width) coordinates in a program for \(dimension)")
      places[ObjectIdentifier(node)] = steps.count
      if let identity { known[identity] = steps.count }
      steps.append(
        Step(
          operation: node.operation, operands: operands, width: node.width, label: node.label,
          isConstant: !isState && operands.allSatisfy { steps[$0].isConstant }))
    }
    self.dimension = dimension
    self.steps = steps
    terms = outputs
    self.outputs = outputs.map { places[ObjectIdentifier($0.node)]! }
  }

  /// The results of all steps, given the state and what an operation makes of its operands.
  func run<Value>(
    state: Value, constant: (Constant) -> Value, apply: (any Operation, [Value]) -> Value
  ) -> [Value] {
    var results: [Value] = []
    results.reserveCapacity(steps.count)
    for step in steps {
      switch step.operation {
      case is State: results.append(state)
      case let known as Constant: results.append(constant(known))
      default: results.append(apply(step.operation, step.operands.map { results[$0] }))
      }
    }
    return results
  }

  /// The outputs as terms that share all steps that they have in common.
  var sharedTerms: [Term] {
    var nodes: [Term.Node] = []
    for step in steps {
      nodes.append(Term.Node(step.operation, step.operands.map { nodes[$0] }, label: step.label))
    }
    return outputs.map { Term(node: nodes[$0]) }
  }

  /// Whether another program has the same steps with the same numbers, and so the same values and bounds.
  func isSame(as other: Program) -> Bool {
    dimension == other.dimension && outputs == other.outputs
      && steps.count == other.steps.count
      && zip(steps, other.steps).allSatisfy {
        $0.operands == $1.operands && $0.operation.stored.isSame(as: $1.operation.stored)
      }
  }

  /// The outputs at places [N, d] in float64: [N, width] each.
  public func values(at places: Tensor) -> [Tensor] {
    let results = withoutGradients {
      run(state: places.to(.float64), constant: \.row) { $0.value($1) }
    }
    return outputs.map { results[$0].expanded([places.shape[0], steps[$0].width]) }
  }
}
