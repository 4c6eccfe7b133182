extension Term: FormulaArithmetic {
  public func constant(_ value: Double) -> Term { .constant(value) }
  public func raised(to exponent: Int) -> Term { power(exponent) }

  public static func apply(_ function: FormulaFunction, _ arguments: [Term]) -> Term {
    let x = arguments[0]
    return switch function {
    case .sin: x.sin
    case .cos: x.cos
    case .tan: x.tan
    case .exp: x.exp
    case .log: x.log
    case .sqrt: x.squareRoot
    case .tanh: x.tanh
    case .abs: x.magnitude
    case .min: arguments.dropFirst().reduce(x) { $0.minimum($1) }
    case .max: arguments.dropFirst().reduce(x) { $0.maximum($1) }
    }
  }
}
