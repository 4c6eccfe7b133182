import Foundation
import Tensors

/// Powers of two by which data far from 1 are divided before any work, so that no square of theirs
/// overflows or vanishes. Dividing by a power of two rounds nothing: what is computed is the same but
/// for the scale, as if the data had been given in other units.
enum BinaryScale {
  /// Data whose largest element has an exponent in this range, about 1/1000 to 1000, stay as they are.
  static let ordinary = -10...10

  /// The exponent of a largest element, to divide by; 0 where it is ordinary or 0.
  static func exponent(ofLargest size: Double) -> Int {
    guard size > 0, size.isFinite, !ordinary.contains(Int(size.exponent)) else { return 0 }
    return Int(size.exponent)
  }

  /// The exponent of each column of [n, B].
  static func exponents(ofColumns x: Tensor) -> [Int] {
    x.magnitude.max(along: 0).doubles.map(exponent(ofLargest:))
  }

  /// x · 2^e within [2^-500, 2^500], whose squares are numbers: for positive weights and radii, which
  /// have no further effect beyond. Exact, but where e is not whole.
  static func bounded(_ x: Double, timesTwoToThe exponent: Double) -> Double {
    let whole = exponent.rounded(.down)
    let rest = exponent == whole ? x : x * exp2(exponent - whole)
    return min(max(scalbn(rest, Int(whole)), 0x1p-500), 0x1p500)
  }
}

extension Tensor {
  /// Each element times 2^e.
  func scaled(byTwoToThe exponent: Int) -> Tensor {
    exponent == 0
      ? self : Self.factors(exponent).reduce(self) { $0 * $1 }
  }

  /// Each column of [n, B] times 2^e with the e of its own.
  func scaledColumns(byTwoToThe exponents: [Int]) -> Tensor {
    if exponents.allSatisfy({ $0 == 0 }) { return self }
    let factors = exponents.map(Self.factors)
    return (0..<3).reduce(self) { product, place in
      product * Tensor(factors.map { $0[place] }).like(self).unsqueezed(0)
    }
  }

  /// Factors of 2^e that are floating-point numbers, even where 2^e is not.
  private static func factors(_ exponent: Int) -> [Double] {
    let third = exponent / 3
    return [third, third, exponent - 2 * third].map { scalbn(1, $0) }
  }
}
