import Foundation
import StableDynamics
import Tensors
import Testing

@Suite("Membership in a convex hull")
struct ConvexHullTests {
  private func uniform(_ count: Int, _ dimension: Int, seed: UInt64) -> [Double] {
    RandomGenerator(seed: seed)
      .uniform([count, dimension], in: -1..<1, dtype: .float64).doubles
  }

  private func rows(_ points: [Double], _ dimension: Int) -> [[Double]] {
    stride(from: 0, to: points.count, by: dimension).map { Array(points[$0..<$0 + dimension]) }
  }

  /// Twice the signed area, or six times the signed volume, of a simplex.
  private func determinant(_ rows: [[Double]]) -> Double {
    guard rows.count > 2 else { return rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0] }
    let (a, b, c) = (rows[0], rows[1], rows[2])
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
      + a[2] * (b[0] * c[1] - b[1] * c[0])
  }

  /// By Carathéodory's theorem a point is in the hull iff it is in the simplex of some d + 1 points.
  private func isInSomeSimplex(_ point: [Double], _ points: [[Double]]) -> Bool {
    let d = point.count
    func isIn(_ corners: [[Double]]) -> Bool {
      func volume(_ corners: [[Double]]) -> Double {
        determinant(corners[1...].map { corner in zip(corner, corners[0]).map { $0 - $1 } })
      }
      let whole = volume(corners)
      return corners.indices.allSatisfy { index in
        var replaced = corners
        replaced[index] = point
        return volume(replaced) / whole >= 0
      }
    }
    func search(_ chosen: [[Double]], from start: Int) -> Bool {
      if chosen.count == d + 1 { return isIn(chosen) }
      return (start..<max(points.count, start)).contains {
        search(chosen + [points[$0]], from: $0 + 1)
      }
    }
    return search([], from: 0)
  }

  @Test("the answer is that of all simplices", arguments: [(2, 6), (2, 14), (3, 7), (3, 11)])
  func simplices(dimension: Int, count: Int) {
    var inside = 0
    for seed in 0..<12 as Range<UInt64> {
      let points = uniform(count, dimension, seed: seed)
      let hull = ConvexHull(of: points, dimension: dimension)
      for point in rows(uniform(30, dimension, seed: 1000 + seed), dimension) {
        let expected = isInSomeSimplex(point, rows(points, dimension))
        #expect(hull.contains(point) == expected)
        inside += expected ? 1 : 0
        if expected { #expect(!hull.isSeparatedByCoordinate(point)) }
      }
    }
    #expect(inside > 5 && inside < 330)
  }

  @Test("convex combinations are inside, points beyond a face are not", arguments: [2, 5, 12, 24])
  func combinations(dimension: Int) {
    for seed in 0..<6 as Range<UInt64> {
      let count = 3 * dimension
      let points = uniform(count, dimension, seed: seed)
      let hull = ConvexHull(of: points, dimension: dimension)
      let corners = rows(points, dimension)
      for draw in 0..<10 as Range<UInt64> {
        let raw = RandomGenerator(seed: seed, keys: draw)
          .uniform([count], in: 0.01..<1, dtype: .float64).doubles
        let total = raw.reduce(0, +)
        let inner = (0..<dimension).map { axis in
          zip(raw, corners).reduce(0.0) { $0 + $1.0 / total * $1.1[axis] }
        }
        #expect(hull.contains(inner))
        // The farthest corner in a direction, moved a little that way.
        let direction = uniform(1, dimension, seed: 77 + draw)
        func height(_ corner: [Double]) -> Double {
          zip(corner, direction).reduce(0.0) { $0 + $1.0 * $1.1 }
        }
        let farthest = corners.max { height($0) < height($1) }!
        #expect(!hull.contains(zip(farthest, direction).map { $0 + 1e-6 * $1 }))
        // And back towards the middle.
        let middle = (0..<dimension).map { axis in
          corners.reduce(0.0) { $0 + $1[axis] } / Double(count)
        }
        #expect(hull.contains(zip(farthest, middle).map { $0 + 1e-6 * ($1 - $0) }))
      }
    }
  }

  @Test("flat hulls and single points contain what is in them only")
  func flat() {
    let point = ConvexHull(of: [0.5, -1, 2], dimension: 3)
    #expect(!point.contains([0.5, -1, 2.1]) && point.contains([0.5, -1, 2]))
    let segment = ConvexHull(of: [0, 0, 1, 1], dimension: 2)
    #expect(segment.contains([0.25, 0.25]) && segment.contains([1, 1]))
    #expect(!segment.contains([0.5, 0.6]) && !segment.contains([1.1, 1.1]))
    #expect(!segment.isSeparatedByCoordinate([0.5, 0.6]))
    #expect(segment.isSeparatedByCoordinate([0.5, 1.1]))
    #expect(segment.isSeparatedByCoordinate([-0.1, 0.5]))
    let square = ConvexHull(of: [0, 0, 1, 0, 0, 1, 1, 1, 0, 0], dimension: 2)
    #expect(square.contains([0.5, 0.5]) && square.contains([1, 0.3]) && square.contains([0, 0]))
  }
}
