import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@testable import Verification

/// A number as the sum of two float64 that do not overlap.
private struct Exact {
  let high: Double
  let low: Double

  /// The sign of the exact difference from a float64, and nearly the difference.
  func minus(_ other: Double) -> Double { minus(other, 0) }

  /// Less a sum of two numbers.
  func minus(_ first: Double, _ second: Double) -> Double {
    let difference = high - first
    let share = difference - high
    // What the subtraction has lost, exactly.
    let lost = (high - (difference - share)) + (-first - share)
    return difference + (lost + (low - second))
  }
}

@Suite("Bounds hold for the exact values")
struct ExactValueTests {
  private static let file = Result { try Golden("bounds_f64").tensors }

  private static func exact(_ name: String) throws -> [Exact] {
    let tensors = try file.get()
    return zip(tensors["\(name).value.high"]!.doubles, tensors["\(name).value.low"]!.doubles)
      .map(Exact.init)
  }

  static let functions: [(String, any ElementaryFunction)] = [
    ("exp", Exponential()), ("log", Logarithm()), ("sqrt", SquareRoot()),
    ("reciprocal", Reciprocal()), ("negative-reciprocal", Reciprocal()), ("square", Square()),
    ("power3", Power(exponent: 3)), ("power4", Power(exponent: 4)),
    ("power7", Power(exponent: 7)), ("sin", Wave(kind: .sin)), ("cos", Wave(kind: .cos)),
    ("tan", Tangent()), ("tanh", Tanh()), ("sech2", SquaredSecant()), ("softplus", Softplus()),
    ("abs", Magnitude()), ("relu", Relu()),
  ]

  @Test("Ranges and relaxations of each function", arguments: functions.indices)
  func function(_ index: Int) throws {
    let (name, function) = Self.functions[index]
    let tensors = try Self.file.get()
    func column(_ key: String) -> Tensor { tensors["\(name).\(key)"]!.unsqueezed(1) }
    let interval = Interval(column("lower"), column("upper"))
    let range = function.range(over: interval)
    let linear = function.relaxation(over: interval, values: range)
    let places = column("place").doubles
    let bounds = [range.lower, range.upper, linear.slope, linear.offset.lower, linear.offset.upper]
      .map(\.doubles)
    var outside = 0
    for (row, value) in try Self.exact(name).enumerated() {
      let isWithin = value.minus(bounds[0][row]) >= 0 && value.minus(bounds[1][row]) <= 0
      let product = bounds[2][row] * places[row]
      let rest = (-product).addingProduct(bounds[2][row], places[row])
      func above(_ offset: Double) -> Double {
        // g - slope x - offset; the offset joins whichever part it is nearer to.
        Exact(high: value.high, low: value.low - rest).minus(product, offset)
      }
      let slack = 0x1p-60 * (abs(value.high) + abs(product))
      let isBeside =
        above(bounds[3][row]) >= -slack && above(bounds[4][row]) <= slack
        && !bounds[3][row].isNaN
      if !(isWithin && isBeside) { outside += 1 }
    }
    #expect(outside == 0, "\(name)")
    // Not by giving up: most relaxations are narrower than the range.
    let width = (linear.offset.upper - linear.offset.lower).doubles
    let narrow = zip(width, zip(bounds[0], bounds[1])).filter { $0 <= $1.1 - $1.0 }.count
    #expect(narrow * 3 > width.count, "\(name): \(narrow) of \(width.count)")
  }

  private static var expressions: [(String, Term)] {
    let z = Term.state(2)
    let (x, y) = (z[0], z[1])
    var slopes: [Double] = []
    for i in 0..<6 {
      slopes.append(Double(i + 1) / 4)
      slopes.append(Double(3 - 2 * i) / 8)
    }
    let shifts: [Double] = (0..<6).map { Double($0) / 16 }
    let first = z.linear(weight: Tensor(slopes, shape: [6, 2]), bias: Tensor(shifts)).tanh
    var entries: [Double] = []
    for i in 0..<4 {
      for j in 0..<6 { entries.append(Double((i * 5 + j * 3) % 7 - 3) / 8) }
    }
    let weight = Tensor(entries, shape: [4, 6])
    let bias: [Double] = [0, 0.25, 0.5, 0.75]
    let second = first.linear(weight: weight, bias: Tensor(bias)).softplus
    let quotient: Term = (x.sin * y - x.squared) / (y.cos + Term.constant(3))
    let squares: Term = x.squared + y.squared
    let root: Term = (squares + Term.constant(1)).squareRoot
    let quartic: Term = x.power(4) - x.squared * y * Term.constant(2)
    let cubic: Term = y.power(3) - x * y
    let polynomial: Term = quartic + cubic + root
    return [
      ("quotient", quotient), ("network", second.dot(Term.constant([-0.5, 0, 0.5, 1]))),
      ("polynomial", polynomial),
    ]
  }

  @Test("Whole expressions at points and over boxes, by every method", arguments: 0..<4)
  func expression(_ method: Int) throws {
    for (name, term) in Self.expressions {
      let program = Program(dimension: 2, outputs: [term])
      let places = try Self.file.get()["\(name).place"]!
      let values = try Self.exact(name)
      for width in [0, 1e-12, 1e-4, 0.3] {
        let generator = RandomGenerator(seed: 5)
        func side() -> Tensor {
          generator.uniform(places.shape, in: 0..<1, dtype: .float64) * width
        }
        let boxes = Boxes(lower: places - side(), upper: places + side())
        let range = boundMethods[method].enclosures(of: program, over: boxes)[0].range
        let (lower, upper) = (range.lower.doubles, range.upper.doubles)
        let outside = values.indices.filter {
          !(values[$0].minus(lower[$0]) >= 0 && values[$0].minus(upper[$0]) <= 0)
        }
        #expect(outside.isEmpty, "\(boundMethods[method]), \(name), width \(width)")
      }
    }
  }
}
