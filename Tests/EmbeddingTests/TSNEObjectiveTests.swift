import Embedding
import Foundation
import Testing

@Suite("Divergence of t-SNE and its gradient")
struct TSNEObjectiveTests {
  private let affinities = JointAffinities(Twenty.conditional)

  private func random(_ count: Int, seed: UInt64 = 9) -> Points {
    var generator = Generator(seed: seed)
    return Points(generator.coordinates(2 * count, in: -8...8), dimension: 2)
  }

  /// Reference: the formulas in NumPy with full matrices.
  @Test("divergence and gradient at a fixed place equal those of NumPy")
  func golden() {
    let objective = TSNEObjective(affinities, theta: nil)
    #expect(abs(divergence(of: objective, at: Twenty.plane.coordinates) - 1.523494341377651) < 1e-9)
    let gradient = gradient(of: objective, at: Twenty.plane)
    let expected = [
      0.008476568511779907, 0.015676222125368823, 0.013593612736673574, 0.000461361655300073,
    ]
    #expect(
      largestDifference([gradient[0], gradient[1], gradient[26], gradient[27]], expected) < 1e-10)
  }

  @Test("the gradient is that of finite differences", arguments: 0..<3 as Range<UInt64>)
  func finiteDifferences(seed: UInt64) {
    let objective = TSNEObjective(affinities, theta: nil)
    let place = random(20, seed: seed)
    let gradient = gradient(of: objective, at: place)
    for index in place.coordinates.indices {
      let values = [-1e-5, 1e-5].map { step in
        var moved = place.coordinates
        moved[index] += step
        return divergence(of: objective, at: moved)
      }
      #expect(abs((values[1] - values[0]) / 2e-5 - gradient[index]) < 1e-9)
    }
  }

  @Test("with θ = 0 the tree gives the exact sums")
  func exactTree() {
    let exact = TSNEObjective(affinities, theta: nil)
    let tree = TSNEObjective(affinities, theta: 0)
    for seed in 0..<4 as Range<UInt64> {
      let place = random(20, seed: seed)
      #expect(
        largestDifference(gradient(of: exact, at: place), gradient(of: tree, at: place)) < 1e-15)
      let values = [exact, tree].map { divergence(of: $0, at: place.coordinates) }
      #expect(abs(values[0] - values[1]) < 1e-13)
    }
  }

  @Test("the tree's error is small and grows with θ")
  func approximation() {
    let sample = groups(5, of: 80)
    let affinities = JointAffinities(
      ConditionalAffinities(NearestNeighbors(of: sample.points, count: 30), perplexity: 10))
    let place = random(400)
    let exact = gradient(of: TSNEObjective(affinities, theta: nil), at: place)
    let size = dot(exact, exact).squareRoot()
    let errors = [0.2, 0.5, 0.7].map { theta in
      let found = gradient(of: TSNEObjective(affinities, theta: theta), at: place)
      return squaredDistance(found, exact).squareRoot() / size
    }
    #expect(errors[0] < errors[1] && errors[1] < errors[2])
    // Cells twice as wide or half as wide would be outside of this.
    #expect((0.01..<0.025).contains(errors[1]), "\(errors)")
  }

  @Test("points that coincide, lie on a line or far apart do not disturb the tree")
  func degeneratePlaces() {
    let exact = TSNEObjective(affinities, theta: nil)
    let tree = TSNEObjective(affinities, theta: 0)
    var places: [[Double]] = [[Double](repeating: 0.3, count: 40)]
    places.append((0..<40).map { $0 % 2 == 0 ? 1 : Double($0) })
    places.append((0..<40).map { $0 < 38 ? Double($0 / 4) * 1e-9 : 1e6 })
    places.append((0..<40).map { Double($0 / 8) * 1e-300 })
    for place in places {
      let points = Points(place, dimension: 2)
      let found = gradient(of: tree, at: points)
      #expect(found.allSatisfy { $0.isFinite })
      // Points closer than the tree's finest cells count as one.
      #expect(largestDifference(found, gradient(of: exact, at: points)) < 1e-7)
    }
  }
}
