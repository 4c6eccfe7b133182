extension DynamicalSystem {
  /// A system whose field is written as formulas.
  ///
  /// - Parameters:
  ///   - states: the names of the coordinates.
  ///   - parameters: what other names in the equations stand for.
  ///   - equations: the rate of change of each state, in the order of the states.
  /// - Throws: `EquationError` where a formula cannot be used; `DynamicalSystemError` if the equilibrium is
  ///   no stable one inside the box.
  public init(
    states: [String], parameters: [String: Double] = [:], equations: [Formula],
    equilibrium: [Double], box: [ClosedRange<Double>]
  ) throws {
    precondition(equations.count == states.count, "\(equations.count) equations")
    let place = Term.state(states.count)
    var meanings: [String: Formula.Operand<Term>] = parameters.mapValues(Formula.Operand.number)
    for (index, state) in states.enumerated() { meanings[state] = .value(place[index]) }
    let known = states + parameters.keys.sorted()
    let rates = try zip(states, equations).map { state, formula in
      do throws(FormulaError) {
        switch try formula.evaluated({ meanings[$0] }, known: known) {
        case .number(let value): return Term.constant(value)
        case .value(let term): return term
        }
      } catch {
        throw EquationError(state: state, error: error)
      }
    }
    self.init(field: .concatenated(rates), equilibrium: equilibrium, box: box)
    try validate(states: states)
  }
}

/// A mistake in the equation of a state.
public struct EquationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The state whose rate the equation gives.
  public let state: String
  /// What is wrong with it, and where.
  public let error: FormulaError

  public var description: String { "equations.\(state): \(error)" }
}
