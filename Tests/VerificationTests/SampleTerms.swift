import Tensors

@testable import Verification

/// A term to try bounds on, defined on [-2, 2]^d.
struct SampleTerm {
  let name: String
  let dimension: Int
  let term: Term
}

enum SampleTerms {
  static let all = smooth + kinked

  /// Every operation and function where it is smooth.
  static var smooth: [SampleTerm] {
    let x = Term.state(2)
    let (a, b) = (x[0], x[1])
    return [
      ("sum", a * 3 - b * 0.7 + 0.1), ("product", a * b), ("square", a.squared - b),
      ("power3", a.power(3) * b), ("power4", (a - b).power(4)), ("exp", (a * b).exp),
      ("log", (a.squared + 1.5).log), ("sqrt", (a * b + 5).squareRoot),
      ("reciprocal", (a - 4).reciprocal * b), ("quotient", a / (b + 3.5)),
      ("sin", (a * 3 + b).sin), ("cos", (a * b * 2).cos), ("tan", (a * 0.3 - b * 0.2).tan),
      ("tanh", (a * 2 - b).tanh), ("sech2", (a * 2 - b).hyperbolicSecantSquared),
      ("softplus", (a * 3 + b).softplus), ("sigmoid", (a * 3 + b).sigmoid),
      ("softmax", Term.concatenated([a, b, a * b]).softmax()[1]),
      ("realPower", (a + 4).power(1.5)), ("dot", x.dot(Term.concatenated([b.sin, a.cos]))),
      ("network", network(dimension: 2)), ("networkRate", networkRate),
    ].map { SampleTerm(name: $0.0, dimension: 2, term: $0.1) }
      + [SampleTerm(name: "network3", dimension: 3, term: network(dimension: 3))]
  }

  static var kinked: [SampleTerm] {
    let x = Term.state(2)
    let (a, b) = (x[0], x[1])
    return [
      ("abs", (a - b).magnitude * a), ("max", a.maximum(b * a)), ("min", a.minimum(0.3 * b)),
      ("relu", (a + b * 0.5).relu * b),
    ].map { SampleTerm(name: $0.0, dimension: 2, term: $0.1) }
  }

  /// A perceptron of two hidden layers of tanh with random weights.
  static func network(dimension: Int, width: Int = 12, seed: UInt64 = 7) -> Term {
    let generator = RandomGenerator(seed: seed)
    func layer(_ x: Term, _ outputs: Int, scale: Double) -> Term {
      x.linear(
        weight: generator.normal([outputs, x.width], deviation: scale, dtype: .float64),
        bias: generator.normal([outputs], dtype: .float64))
    }
    let first = layer(.state(dimension), width, scale: 1).tanh
    let second = layer(first, width, scale: 0.5).tanh
    return layer(second, 1, scale: 0.5)
  }

  /// The rate of the network's values along Van der Pol's field, reversed in time.
  static var networkRate: Term { network(dimension: 2).rate(along: vanDerPol) }

  static var vanDerPol: Term {
    let x = Term.state(2)
    return .concatenated([-x[1], x[0] - (1 - x[0].squared) * x[1]])
  }
}
