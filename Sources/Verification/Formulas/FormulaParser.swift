import Catalogs
import Failures

/// Reads a formula by recursive descent. Formulas may be anyone's, so their length and depth are bounded.
struct FormulaParser {
  static let mostCharacters = 4096
  static let mostLevels = 256

  private var scanner: FormulaScanner

  /// The outermost operation of a text.
  static func root(of source: String) throws(FormulaError) -> Formula.Node {
    guard source.utf8.count <= mostCharacters else {
      throw FormulaError(
        source: source, column: mostCharacters + 1,
        problem: "expected at most \(mostCharacters) bytes, found \(source.utf8.count)",
        remedy: "Write a longer sum as several states or parameters.")
    }
    var parser = FormulaParser(scanner: try FormulaScanner(source))
    let root = try parser.sum(level: 0)
    guard parser.scanner.token == .end else {
      throw parser.scanner.error(
        "expected a sign or the end, found \(parser.scanner.found)",
        remedy: parser.scanner.token == .sign(")") ? "A parenthesis is closed once too often." : nil
      )
    }
    return root.node
  }

  /// A part and the number of levels in it.
  private typealias Part = (node: Formula.Node, depth: Int)

  /// product (+ product | - product)*
  private mutating func sum(level: Int) throws(FormulaError) -> Part {
    try chain([.plus, .minus], level) { parser, level throws(FormulaError) in
      try parser.product(level: level)
    }
  }

  /// signed (* signed | / signed)*
  private mutating func product(level: Int) throws(FormulaError) -> Part {
    try chain([.times, .over], level) { parser, level throws(FormulaError) in
      try parser.signed(level: level)
    }
  }

  /// Operands of one rank, grouped from the left.
  private mutating func chain(
    _ operators: [Formula.Operator], _ level: Int,
    _ operand: (inout FormulaParser, Int) throws(FormulaError) -> Part
  ) throws(FormulaError) -> Part {
    var left = try operand(&self, level)
    while case .sign(let sign) = scanner.token, let found = Formula.Operator(rawValue: sign),
      operators.contains(found)
    {
      let column = scanner.column
      try scanner.advance()
      let right = try operand(&self, level)
      let depth = 1 + max(left.depth, right.depth)
      try require(level + depth)
      left = (.operation(found, left.node, right.node, column: column), depth)
    }
    return left
  }

  /// - signed | + signed | power
  private mutating func signed(level: Int) throws(FormulaError) -> Part {
    try require(level)
    switch scanner.token {
    case .sign("-"):
      try scanner.advance()
      let operand = try signed(level: level + 1)
      return (.negation(operand.node), operand.depth + 1)
    case .sign("+"):
      try scanner.advance()
      return try signed(level: level + 1)
    default: return try power(level: level)
    }
  }

  /// atom (^ signed)?, whose exponent holds the next power: 2^3^2 is 2^(3^2).
  private mutating func power(level: Int) throws(FormulaError) -> Part {
    let base = try atom(level: level)
    guard scanner.token == .sign("^") else { return base }
    let column = scanner.column
    try scanner.advance()
    let exponent = try signed(level: level + 1)
    return (
      .operation(.power, base.node, exponent.node, column: column),
      1 + max(base.depth, exponent.depth)
    )
  }

  /// A number, a name, a call or a sum in parentheses.
  private mutating func atom(level: Int) throws(FormulaError) -> Part {
    let column = scanner.column
    switch scanner.token {
    case .number(let value):
      try scanner.advance()
      return (.number(value), 1)
    case .name(let text):
      try scanner.advance()
      guard scanner.token == .sign("(") else {
        if FormulaFunction(rawValue: text) != nil {
          throw scanner.error("expected '(' after \(text), found \(scanner.found)")
        }
        return (.name(.init(text: text, column: column)), 1)
      }
      return try call(text, at: column, level: level)
    case .sign("("):
      try scanner.advance()
      let inner = try sum(level: level + 1)
      try close(openedAt: column)
      return inner
    default:
      throw scanner.error("expected a number, a name or '(', found \(scanner.found)")
    }
  }

  /// Arguments in parentheses.
  private mutating func call(
    _ name: String, at column: Int, level: Int
  ) throws(FormulaError) -> Part {
    guard let function = FormulaFunction(rawValue: name) else {
      let known = FormulaFunction.allCases.map(\.rawValue)
      throw scanner.error(
        "there is no function '\(name)'", at: column,
        remedy: name.nearestName(of: known).map { "Did you mean \($0)?" }
          ?? "There are \(known.joined(separator: ", ")); a product is written with *.")
    }
    let opening = scanner.column
    var arguments: [Formula.Node] = []
    var depth = 0
    repeat {
      try scanner.advance()
      let argument = try sum(level: level + 1)
      arguments.append(argument.node)
      depth = max(depth, argument.depth)
    } while scanner.token == .sign(",")
    try close(openedAt: opening)
    guard function.allowsCount(arguments.count) else {
      throw scanner.error(
        "expected \(function.argumentCount) of \(name), found \(arguments.count)", at: column)
    }
    return (.call(function, arguments, column: column), depth + 1)
  }

  private mutating func close(openedAt column: Int) throws(FormulaError) {
    guard scanner.token == .sign(")") else {
      throw scanner.error(
        "expected ')' for the '(' of column \(column), found \(scanner.found)")
    }
    try scanner.advance()
  }

  private func require(_ level: Int) throws(FormulaError) {
    if level > Self.mostLevels {
      throw scanner.error(
        "expected at most \(Self.mostLevels) operations inside one another, found more")
    }
  }
}

/// What is wrong with a formula, and where.
public struct FormulaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The formula.
  public let source: String
  /// Of the first character that is wrong, from 1; one more than there are where the end is.
  public let column: Int
  /// What was expected and what was found.
  public let problem: String
  /// What to do about it, a sentence; nil where the problem says it.
  public let remedy: String?

  /// One line: where, what and what to do.
  public var description: String {
    "column \(column) of '\(source.echoed())': \(problem)" + (remedy.map { ". \($0)" } ?? "")
  }
}
