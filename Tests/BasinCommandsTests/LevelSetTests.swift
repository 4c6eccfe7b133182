import Evaluations
import Foundation
import Testing

@Suite("Level sets by marching squares")
struct LevelSetTests {
  private let coordinates = (0...40).map { -2 + Double($0) / 10 }

  private func curves(at level: Double, _ value: (Double, Double) -> Double) -> [[PlanePoint]] {
    let values = coordinates.map { y in coordinates.map { value($0, y) } }
    return LevelSet.curves(of: values, coordinates: coordinates, at: level)
  }

  @Test("x² + y² = 1 is one closed curve of length 2π")
  func circle() {
    let found = curves(at: 1) { $0 * $0 + $1 * $1 }
    #expect(found.count == 1)
    #expect(found[0].first == found[0].last)
    let length = zip(found[0], found[0].dropFirst())
      .map { hypot($1.x - $0.x, $1.y - $0.y) }.reduce(0, +)
    #expect(abs(length - 2 * .pi) < 0.02)
    #expect(found[0].allSatisfy { abs(hypot($0.x, $0.y) - 1) < 0.002 })
  }

  @Test("a line from border to border is open")
  func line() {
    let found = curves(at: 0.25) { x, _ in x }
    #expect(found.count == 1)
    #expect(found[0].count == coordinates.count)
    #expect(found[0].allSatisfy { abs($0.x - 0.25) < 1e-12 })
  }

  @Test("two bumps have two curves, a saddle's branches do not cross")
  func several() {
    let bumps = curves(at: 0.5) { x, y in
      exp(-8 * ((x - 1) * (x - 1) + y * y)) + exp(-8 * ((x + 1) * (x + 1) + y * y))
    }
    #expect(bumps.count == 2)
    let saddle = curves(at: 0.01) { $0 * $1 }
    #expect(saddle.count == 2)
    #expect(saddle.allSatisfy { curve in curve.allSatisfy { $0.x * curve[0].x > 0 } })
  }

  @Test("a level that is not reached has no curve")
  func none() { #expect(curves(at: 9) { $0 + $1 }.isEmpty) }
}
