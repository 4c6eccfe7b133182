/// A scalar expression as a user writes it: + - * / ^, parentheses, numbers, names and functions.
///
/// ```swift
/// let formula = try Formula("-sin(x) - 0.5*y")
/// formula.names            // ["x", "y"]
/// try formula.value { ["x": 1, "y": 0][$0.text]! }
/// ```
///
/// The signs bind as in mathematics: `^` before a sign before `*` and `/` before `+` and `-`, so that
/// -x^2 is -(x^2); `^` groups from the right and all others from the left.
public struct Formula: Sendable, Hashable {
  /// The text as it was given.
  public let source: String
  /// The outermost operation.
  public let root: Node

  /// Reads a formula.
  ///
  /// - Throws: `FormulaError` with the column of what cannot be read.
  public init(_ source: String) throws(FormulaError) {
    self.source = source
    root = try FormulaParser.root(of: source)
  }

  /// A part of a formula.
  public indirect enum Node: Sendable, Hashable {
    case number(Double)
    case name(Name)
    case negation(Node)
    /// Two operands; the column is the sign's.
    case operation(Operator, Node, Node, column: Int)
    /// A function of its arguments; the column is its name's.
    case call(FormulaFunction, [Node], column: Int)
  }

  /// A name in a formula with its place.
  public struct Name: Sendable, Hashable {
    /// The name as it is written.
    public let text: String
    /// Of its first character, from 1.
    public let column: Int
  }

  /// A sign between two operands.
  public enum Operator: Character, Sendable, Hashable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case power = "^"
  }

  /// Every name that occurs, in order, each at its first place.
  public var names: [Name] {
    var found: [Name] = []
    func visit(_ node: Node) {
      switch node {
      case .number: break
      case .name(let name):
        if !found.contains(where: { $0.text == name.text }) { found.append(name) }
      case .negation(let operand): visit(operand)
      case .operation(_, let left, let right, _):
        visit(left)
        visit(right)
      case .call(_, let arguments, _): arguments.forEach(visit)
      }
    }
    visit(root)
    return found
  }

  /// An error at a place of this formula.
  public func error(
    at column: Int, _ problem: String, remedy: String? = nil
  ) -> FormulaError {
    FormulaError(source: source, column: column, problem: problem, remedy: remedy)
  }
}

/// The functions that a formula may call.
public enum FormulaFunction: String, Sendable, Hashable, CaseIterable {
  case sin, cos, tan, exp, log, sqrt, tanh, abs, min, max

  /// How many arguments it takes: one, or two and more.
  var allowsCount: (Int) -> Bool {
    switch self {
    case .min, .max: { $0 >= 2 }
    default: { $0 == 1 }
    }
  }

  /// The same in words.
  var argumentCount: String {
    switch self {
    case .min, .max: "two arguments or more"
    default: "one argument"
    }
  }
}

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
