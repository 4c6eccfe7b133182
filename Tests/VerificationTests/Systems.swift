import Foundation
import Tensors

@testable import Verification

/// Systems whose regions of attraction are known.
enum Systems {
  /// Attracted is exactly the open unit disc; W = x² + y² solves Zubov's equation with Φ = 2 (x² + y²).
  static let disc = DynamicalSystem(
    equilibrium: [0, 0], box: [-1.5...1.5, -1.5...1.5]
  ) { x in
    let rest = 1 - x[0].squared - x[1].squared
    return .concatenated([-x[0] * rest, -x[1] * rest])
  }

  static var discFunction: Term {
    let x = Term.state(2)
    return x[0].squared + x[1].squared
  }

  /// Van der Pol's oscillator in reversed time: attracted is the inside of the limit cycle.
  static let vanDerPol = DynamicalSystem(
    field: SampleTerms.vanDerPol, equilibrium: [0, 0], box: [-2.5...2.5, -3.5...3.5])

  /// x'P x with A'P + P A = -1 for Van der Pol: P = [1.5, -0.5; -0.5, 1].
  static var vanDerPolFunction: Term {
    let x = Term.state(2)
    return 1.5 * x[0].squared - x[0] * x[1] + x[1].squared
  }

  /// A function near `vanDerPolFunction`.
  static func randomQuadratic(seed: Int) -> LyapunovCandidate {
    let change = RandomGenerator(seed: UInt64(seed)).uniform([3], in: -0.3..<0.3, dtype: .float64)
    let coefficients: [Double] = zip([1.5, -1, 1], change.doubles).map { $0 + $1 }
    let x = Term.state(2)
    let products = Term.concatenated([x[0].squared, x[0] * x[1], x[1].squared])
    return LyapunovCandidate(products.dot(.constant(coefficients)))
  }
}
