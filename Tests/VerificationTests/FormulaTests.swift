import Tensors
import Testing

@testable import Verification

@Suite("Formulas") struct FormulaTests {
  /// Values computed by Python, with ^ written as ** there.
  static let golden: [(String, Double)] = [
    ("1 + 2*3", 7), ("(1 + 2)*3", 9), ("2^3^2", 512), ("-2^2", -4), ("2^-1", 0.5),
    ("-x^2", -2.25), ("(-x)^2", 2.25), ("10 - 4 - 3", 3), ("16/4/2", 2), ("2*-3", -6),
    ("--x", 1.5), ("+x - -y", 0.8), ("x/y*2", -4.285714285714286), ("x - y - x*y", 3.25),
    ("1e3 + .5 + 2.", 1002.5), ("1.5E-2", 0.015), ("2^0.5", 1.4142135623730951),
    ("x^0.5", 1.224744871391589), ("x^-2", 0.4444444444444444), ("x^2.5", 2.7556759606310752),
    ("2^x", 2.8284271247461903), ("x^y", 0.752897956971237),
    ("sin(x) + cos(y)", 1.762337173888543), ("tan(y)", -0.8422883804630794),
    ("exp(-x)*log(x)", 0.09047149450677514), ("sqrt(x*x)", 1.5),
    ("tanh(x - y)", 0.9757431300314515),
    ("abs(y)", 0.7), ("min(x, y, 0.1)", -0.7), ("max(x, y)", 1.5),
    ("sin(pi/6)", 0.49999999999999994),
    ("-sin(x) - 0.5*y", -0.6474949866040544),
    ("y - x^3/3 + 0.5*(1 - x^2)*y", -1.3875000000000002),
    ("sin(x)^2 + cos(x)^2", 1), ("2 - 3 + 4", 3), ("x*(y + (x - 1)*2)", 0.4500000000000001),
  ]

  @Test("have the values of the same expressions in Python", arguments: golden)
  func valuesAreThoseOfPython(text: String, expected: Double) throws {
    let value = try Formula(text).value(["x": 1.5, "y": -0.7])
    #expect(abs(value - expected) <= 4e-16 * max(1, abs(expected)) * 4, "\(value)")
  }

  @Test("mean the same as numbers and as terms", arguments: golden)
  func termsAgreeWithNumbers(text: String, expected: Double) throws {
    let place = Term.state(2)
    let meanings: [String: Formula.Operand<Term>] = ["x": .value(place[0]), "y": .value(place[1])]
    let operand = try Formula(text).evaluated { meanings[$0] }
    switch operand {
    case .number(let value): #expect(abs(value - expected) <= 2e-15 * max(1, abs(expected)))
    case .value(let term):
      let program = Program(dimension: 2, outputs: [term])
      let value = program.values(at: Tensor([1.5, -0.7], shape: [1, 2]))[0].item
      #expect(abs(value - expected) <= 2e-15 * max(1, abs(expected)), "\(value)")
    }
  }

  /// What is wrong, its column, and a part of the message.
  static let mistakes: [(String, Int, String)] = [
    ("", 1, "expected a number, a name or '(', found the end"),
    ("x +", 4, "found the end"),
    ("x + * y", 5, "found '*'"),
    ("(x + y", 7, "expected ')' for the '(' of column 1, found the end"),
    ("x + y)", 6, "closed once too often"),
    ("2x", 2, "A product is written with *."),
    ("x y", 3, "expected a sign or the end, found 'y'"),
    ("x ** 2", 3, "A power is written with ^."),
    ("sinn(x)", 1, "Did you mean sin?"),
    ("x + foo(y)", 5, "there is no function 'foo'"),
    ("sin x", 5, "expected '(' after sin"),
    ("sin(x, y)", 1, "expected one argument of sin, found 2"),
    ("min(x)", 1, "expected two arguments or more of min, found 1"),
    ("x + é", 5, "found 'é'"),
    ("x + 1e999", 5, "below 1.8e308"),
    ("1.2.3", 4, "expected a sign or the end"),
    ("x = 2", 3, "found '='"),
    ("x + .", 5, "expected a number"),
    (String(repeating: "(", count: 1000), 258, "inside one another"),
    (String(repeating: "-", count: 1000), 258, "inside one another"),
    (String(repeating: "x^", count: 1000), 515, "inside one another"),
    (String(repeating: "x+", count: 1000), 514, "inside one another"),
    (String(repeating: "x", count: 5000), 4097, "at most 4096 bytes"),
  ]

  @Test("that cannot be read are refused at their column", arguments: mistakes)
  func mistakesHaveAPlace(text: String, column: Int, part: String) throws {
    let error = try #require(throws: FormulaError.self) { try Formula(text) }
    #expect(error.column == column, "\(error)")
    #expect("\(error)".contains(part), "\(error)")
    #expect(!"\(error)".contains("\n") && "\(error)".count < 400)
  }

  @Test("that have no value are refused at their column")
  func valuelessPartsHaveAPlace() throws {
    func column(_ text: String) throws -> Int {
      try #require(throws: FormulaError.self) {
        try Formula(text).value(["x": 1, "speed": 2])
      }.column
    }
    #expect(try column("1 + 2/0") == 6)
    #expect(try column("x + log(0)") == 5)
    #expect(try column("x + sqrt(-1)") == 5)
    #expect(try column("(-8)^0.5") == 5)
    #expect(try column("10^400") == 3)
    #expect(try column("x + speeed") == 5)
    let error = try #require(throws: FormulaError.self) {
      try Formula("x + speeed").value(["x": 1, "speed": 2])
    }
    #expect("\(error)".contains("Did you mean speed?"))
  }

  @Test("know their names, each at its first place")
  func namesHavePlaces() throws {
    let names = try Formula("b*sin(a) + b^c - pi").names
    #expect(names.map(\.text) == ["b", "a", "c", "pi"])
    #expect(names.map(\.column) == [1, 7, 14, 18])
  }
}
