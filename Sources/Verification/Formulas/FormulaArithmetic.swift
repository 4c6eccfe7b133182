import Foundation

/// What a formula can be evaluated with: numbers, or the symbolic values that programs are built of.
public protocol FormulaArithmetic {
  /// The value times -1.
  static prefix func - (a: Self) -> Self
  /// The sum of two values.
  static func + (a: Self, b: Self) -> Self
  /// The difference of two values.
  static func - (a: Self, b: Self) -> Self
  /// The product of two values.
  static func * (a: Self, b: Self) -> Self

  /// 1 over this value.
  var reciprocal: Self { get }
  /// A number among values of this one's kind.
  func constant(_ value: Double) -> Self
  /// This value to a whole power.
  func raised(to exponent: Int) -> Self
  /// A function of the formula language, of as many values as it takes.
  static func apply(_ function: FormulaFunction, _ arguments: [Self]) -> Self
  /// The same value, which remembers where in a formula it comes from.
  func labelled(_ place: String) -> Self
}

extension Double: FormulaArithmetic {
  public func constant(_ value: Double) -> Double { value }
  public var reciprocal: Double { 1 / self }
  public func labelled(_ place: String) -> Double { self }
  public func raised(to exponent: Int) -> Double { pow(self, Double(exponent)) }

  public static func apply(_ function: FormulaFunction, _ arguments: [Double]) -> Double {
    let x = arguments[0]
    return switch function {
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .tan: Foundation.tan(x)
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .sqrt: x.squareRoot()
    case .tanh: Foundation.tanh(x)
    case .abs: Swift.abs(x)
    case .min: arguments.min()!
    case .max: arguments.max()!
    }
  }
}
