extension DynamicalSystem {
  /// A system whose field is written as formulas.
  ///
  /// - Parameters:
  ///   - equations: the rate of change of each state, in the order of the states.
  ///   - parameters: what other names in them stand for.
  /// - Throws: `EquationError` where a formula cannot be used, and as the other initializer.
  public init(
    states: [String], parameters: [String: Double] = [:], equations: [Formula],
    equilibrium: [Double], box: [ClosedRange<Double>]
  ) throws {
    precondition(equations.count == states.count, "\(equations.count) equations")
    try self.init(states: states, equilibrium: equilibrium, box: box) { place in
      var meanings: [String: Formula.Operand<Term>] = parameters.mapValues(Formula.Operand.number)
      for (index, state) in states.enumerated() { meanings[state] = .value(place[index]) }
      let known = states + parameters.keys.sorted()
      return .concatenated(
        try zip(states, equations).map { state, formula in
          do throws(FormulaError) {
            switch try formula.evaluated({ meanings[$0] }, known: known) {
            case .number(let value): return .constant(value)
            case .value(let term): return term
            }
          } catch {
            throw EquationError(state: state, error: error)
          }
        })
    }
  }
}

/// A mistake in the equation of a state.
public struct EquationError: Error, Hashable, Sendable, CustomStringConvertible {
  public let state: String
  public let error: FormulaError

  public var description: String { "equations.\(state): \(error)" }
}
