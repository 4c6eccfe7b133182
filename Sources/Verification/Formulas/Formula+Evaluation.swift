import Catalogs
import Failures
import Foundation

extension Formula {
  /// What a part of a formula comes to: a number as long as nothing in it varies.
  public enum Operand<Value: FormulaArithmetic> {
    case number(Double)
    case value(Value)
  }

  /// Evaluates the formula.
  ///
  /// Parts that do not vary are computed at once. A power whose exponent is a whole number of at most 64 is a
  /// product, one whose exponent is ½ a root, and any other x^p is exp(p log x), which is for x > 0.
  ///
  /// - Parameter meaning: what a name stands for; nil if nothing.
  /// - Throws: `FormulaError` at an unknown name, and at a part without a finite value, such as 1/0.
  public func evaluated<Value: FormulaArithmetic>(
    _ meaning: (String) -> Operand<Value>?, known: [String] = []
  ) throws(FormulaError) -> Operand<Value> {
    try evaluate(root, meaning, known)
  }

  /// The value of a formula in which nothing varies but the names of `numbers`.
  ///
  /// - Throws: `FormulaError` for a name that has no number.
  public func value(_ numbers: [String: Double] = [:]) throws(FormulaError) -> Double {
    let result: Operand<Double> = try evaluated(
      { numbers[$0].map(Operand.number) }, known: numbers.keys.sorted())
    switch result {
    case .number(let value), .value(let value): return value
    }
  }

  private func evaluate<Value: FormulaArithmetic>(
    _ node: Node, _ meaning: (String) -> Operand<Value>?, _ known: [String]
  ) throws(FormulaError) -> Operand<Value> {
    switch node {
    case .number(let value): return .number(value)
    case .name(let name):
      if let found = meaning(name.text) { return found }
      if name.text == "pi" { return .number(.pi) }
      throw unknown(name, known)
    case .negation(let operand):
      switch try evaluate(operand, meaning, known) {
      case .number(let value): return .number(-value)
      case .value(let value): return .value(-value)
      }
    case .operation(.power, let base, let exponent, let column):
      return try power(
        try evaluate(base, meaning, known), try evaluate(exponent, meaning, known), column)
    case .operation(let sign, let left, let right, let column):
      return try combine(
        sign, try evaluate(left, meaning, known), try evaluate(right, meaning, known), column)
    case .call(let function, let nodes, let column):
      var operands: [Operand<Value>] = []
      for node in nodes { operands.append(try evaluate(node, meaning, known)) }
      return try call(function, operands, column)
    }
  }

  private func combine<Value: FormulaArithmetic>(
    _ sign: Operator, _ left: Operand<Value>, _ right: Operand<Value>, _ column: Int
  ) throws(FormulaError) -> Operand<Value> {
    if sign == .over, case .number(0) = right {
      throw error(at: column, "expected a divisor other than 0, found 0")
    }
    func result<T: FormulaArithmetic>(_ a: T, _ b: T) -> T {
      switch sign {
      case .plus: a + b
      case .minus: a - b
      case .times: a * b
      case .over: a * b.reciprocal.labelled(place(column))
      case .power: preconditionFailure("powers have rules of their own")
      }
    }
    switch (left, right) {
    case (.number(let a), .number(let b)): return .number(try finite(result(a, b), column))
    case (.value(let a), .value(let b)): return .value(result(a, b))
    case (.number(let a), .value(let b)): return .value(result(b.constant(a), b))
    case (.value(let a), .number(let b)): return .value(result(a, a.constant(b)))
    }
  }

  private func power<Value: FormulaArithmetic>(
    _ base: Operand<Value>, _ exponent: Operand<Value>, _ column: Int
  ) throws(FormulaError) -> Operand<Value> {
    func exponential(_ base: Value, _ exponent: Value) -> Operand<Value> {
      .value(.apply(.exp, [exponent * .apply(.log, [base]).labelled(place(column))]))
    }
    switch (base, exponent) {
    case (.number(let a), .number(let b)):
      return .number(try finite(Double.power(a, b), column))
    case (.value(let a), .number(let b)):
      if let whole = Int(exactly: b), abs(whole) <= 64 {
        if whole == 0 { return .number(1) }
        let power = a.raised(to: whole)
        return .value(whole < 0 ? power.labelled(place(column)) : power)
      }
      return b == 0.5
        ? .value(.apply(.sqrt, [a]).labelled(place(column))) : exponential(a, a.constant(b))
    case (.value(let a), .value(let b)): return exponential(a, b)
    case (.number(let a), .value(let b)):
      guard a > 0 else {
        throw error(
          at: column, "expected a base above 0 where the exponent varies, found \(a)")
      }
      return .value(.apply(.exp, [b * b.constant(Double.apply(.log, [a]))]))
    }
  }

  private func call<Value: FormulaArithmetic>(
    _ function: FormulaFunction, _ operands: [Operand<Value>], _ column: Int
  ) throws(FormulaError) -> Operand<Value> {
    var sample: Value?
    for case .value(let value) in operands { sample = value }
    guard let sample else {
      let numbers = operands.map { operand -> Double in
        guard case .number(let value) = operand else { preconditionFailure("nothing varies") }
        return value
      }
      return .number(try finite(Double.apply(function, numbers), column))
    }
    let values = operands.map { operand -> Value in
      switch operand {
      case .number(let value): sample.constant(value)
      case .value(let value): value
      }
    }
    return .value(Value.apply(function, values).labelled(place(column)))
  }

  /// This formula in a message.
  public var place: String { "of '\(source.echoed())'" }

  /// A place of this formula in words.
  private func place(_ column: Int) -> String { "column \(column) \(place)" }

  private func finite(_ value: Double, _ column: Int) throws(FormulaError) -> Double {
    guard value.isFinite else {
      throw error(at: column, "expected a finite number, found \(value)")
    }
    return value
  }

  private func unknown(_ name: Name, _ known: [String]) -> FormulaError {
    let list = known.map { $0.echoed() }
    let remedy =
      name.text.nearestName(of: known).map { "Did you mean \($0)?" }
      ?? (known.isEmpty
        ? "Only numbers and pi are known here."
        : "Known are \(list.prefix(20).joined(separator: ", ")) and pi.")
    return error(
      at: name.column, "there is no '\(name.text.echoed())' among the states and parameters",
      remedy: remedy)
  }
}

extension Double {
  fileprivate static func power(_ base: Double, _ exponent: Double) -> Double {
    pow(base, exponent)
  }
}
