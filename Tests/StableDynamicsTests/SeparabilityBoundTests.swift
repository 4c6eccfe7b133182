import Foundation
import StableDynamics
import Testing

@Suite("Bounds of convex separability")
struct SeparabilityBoundTests {
  private func bound(_ d: Int, _ n: Int, _ m: Int) -> SeparabilityBound {
    SeparabilityBound(dimension: d, pointCount: n, otherCount: m)
  }

  @Test("the proposition's formula, by hand")
  func proposition() {
    #expect(abs(bound(1, 2, 1).proposition - 2.0 / 3) < 1e-15)
    #expect(abs(bound(2, 3, 2).proposition - 0.5625) < 1e-15)
    #expect(abs(bound(3, 9, 4).proposition - pow(1 - 0.512, 4)) < 1e-15)
    #expect(bound(4, 3, 1000).proposition == 1 && bound(3, 3, 1000).proposition < 1e-57)
    #expect(bound(1, 1, 50).proposition == 1)
    #expect(bound(3, 3, 9).isCertain && !bound(2, 3, 9).isCertain)
  }

  /// Reference: mpmath with 50 digits.
  @Test("at the sizes of data sets the logarithms keep their digits")
  func logarithms() {
    #expect(abs(bound(256, 5000, 45000).logProposition / (-104833.42583484967) - 1) < 1e-12)
    #expect(abs(bound(3072, 5000, 45000).logProposition / (-15579.924555839809) - 1) < 1e-12)
    #expect(bound(256, 5000, 45000).proposition == 0)
    #expect(abs(bound(256, 5000, 45000).logHalfSpaces / (-5.22974860906137e-38) - 1) < 1e-12)
    #expect(bound(10, 100, 100).logHalfSpaces == -.infinity && bound(10, 100, 100).halfSpaces == 0)
    #expect(abs(bound(16, 30, 30).halfSpaces / 0.27456055220530795 - 1) < 1e-12)
  }

  /// On a line the hull is the interval: no point of X₂ lies in it iff the N points of X₁ follow each
  /// other among all N + M, as (M + 1) N! M! of the (N + M)! orders have it.
  @Test("in one dimension the proposition is below the exact probability")
  func line() {
    for n in 1...12 {
      for m in 1...12 {
        let orders = (1...n).reduce(1.0) { $0 * Double(m + $1) / Double($1) }
        let exact = Double(m + 1) / orders
        #expect(bound(1, n, m).proposition <= exact + 1e-15)
        #expect(bound(1, n, m).halfSpaces <= exact + 1e-15)
        // One point leaves nothing for Jensen's inequality to lose.
        if m == 1 { #expect(abs(bound(1, n, 1).proposition - exact) < 1e-15) }
      }
    }
  }

  /// The mean volumes of a random triangle in a unit square, 11/144, and of a random tetrahedron in a
  /// unit cube, 3977/216000 - π²/2160 (Zinani 2003).
  @Test("bounds are below the known probabilities of a triangle and a tetrahedron")
  func simplices() {
    for (d, n, volume) in [(2, 3, 11.0 / 144), (3, 4, 3977.0 / 216000 - .pi * .pi / 2160)] {
      #expect(bound(d, n, 1).proposition < 1 - volume)
      #expect(bound(d, n, 1).halfSpaces < 1 - volume)
    }
  }
}
