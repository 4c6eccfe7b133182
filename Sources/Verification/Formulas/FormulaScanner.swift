import Foundation

/// The words, numbers and signs of a formula, one after another.
struct FormulaScanner {
  /// A piece of a formula.
  enum Token: Hashable {
    case number(Double)
    case name(String)
    case sign(Character)
    case end
  }

  /// Signs that a formula is made of.
  static let signs: Set<Character> = ["+", "-", "*", "/", "^", "(", ")", ","]

  private let source: String
  private let characters: [Character]
  private var position = 0
  /// The piece that is next.
  private(set) var token = Token.end
  /// Of its first character, from 1.
  private(set) var column = 1

  init(_ source: String) throws(FormulaError) {
    self.source = source
    characters = Array(source)
    try advance()
  }

  /// The text of the piece that is next, for errors.
  var found: String {
    switch token {
    case .end: "the end"
    default: "'\(String(characters[column - 1..<position]))'"
    }
  }

  func error(_ problem: String, at place: Int? = nil, remedy: String? = nil) -> FormulaError {
    FormulaError(source: source, column: place ?? column, problem: problem, remedy: remedy)
  }

  /// Goes to the next piece.
  mutating func advance() throws(FormulaError) {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    column = position + 1
    guard position < characters.count else {
      token = .end
      return
    }
    let first = characters[position]
    if first.isASCIIDigit || first == "." {
      token = try number()
    } else if first.isASCIILetter || first == "_" {
      var text = ""
      while position < characters.count, characters[position].isPartOfName {
        text.append(characters[position])
        position += 1
      }
      token = .name(text)
    } else if Self.signs.contains(first) {
      position += 1
      if first == "*", position < characters.count, characters[position] == "*" {
        throw error("expected one sign, found '**'", remedy: "A power is written with ^.")
      }
      token = .sign(first)
    } else {
      throw error(
        "expected a number, a name or one of + - * / ^ ( ) and the comma, found '\(first)'")
    }
  }

  /// Digits with at most one point and an exponent, as in 1, .5, 2. and 1e-3.
  private mutating func number() throws(FormulaError) -> Token {
    let start = position
    func digits() {
      while position < characters.count, characters[position].isASCIIDigit { position += 1 }
    }
    digits()
    if position < characters.count, characters[position] == "." {
      position += 1
      digits()
    }
    if position < characters.count, "eE".contains(characters[position]) {
      var next = position + 1
      if next < characters.count, "+-".contains(characters[next]) { next += 1 }
      if next < characters.count, characters[next].isASCIIDigit {
        position = next
        digits()
      }
    }
    let text = String(characters[start..<position])
    guard text != ".", let value = Double(text.hasPrefix(".") ? "0" + text : text) else {
      throw error("expected a number, found '\(text)'")
    }
    guard value.isFinite else {
      throw error("expected a number below 1.8e308, found '\(text)'")
    }
    if position < characters.count, characters[position].isPartOfName {
      throw error(
        "expected a sign after the number \(text), found '\(characters[position])'",
        at: position + 1, remedy: "A product is written with *.")
    }
    return .number(value)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" && isASCII }
  fileprivate var isASCIILetter: Bool { isASCII && isLetter }
  /// Whether it may stand in a name behind the first character.
  fileprivate var isPartOfName: Bool { isASCIILetter || isASCIIDigit || self == "_" }
}

extension String {
  /// Whether a formula reads this as one name.
  public var isFormulaName: Bool {
    first.map { $0.isASCIILetter || $0 == "_" } == true && allSatisfy(\.isPartOfName)
  }
}
