import Embedding
import Foundation
import Testing

@Suite("Principal components and measures")
struct MeasureTests {
  /// Reference: scikit-learn's `PCA(2, svd_solver="full")`.
  @Test("principal components equal those of scikit-learn, signs too")
  func principalComponents() {
    let components = PrincipalComponents(of: Twenty.points, count: 2)
    #expect(
      largestDifference(components.variances, [2.889107316566466, 0.34616703481503075]) < 1e-12)
    let scores = components.scores(of: Twenty.points)
    #expect(
      largestDifference(Array(scores[..<2]), [-1.4656112193668953, -0.4616522667025196]) < 1e-10)
    #expect(
      largestDifference(Array(scores[38...]), [1.3245090559885746, 1.1237417944744335]) < 1e-10)
  }

  @Test(
    "directions are orthonormal and scores uncorrelated, of points that fill few dimensions too")
  func lowRank() {
    // Eight coordinates that depend on three numbers only.
    var generator = Generator(seed: 2)
    var coordinates: [Double] = []
    for _ in 0..<50 {
      let hidden = generator.coordinates(3)
      for axis in 0..<8 {
        coordinates.append(hidden[axis % 3] * Double(axis + 1) + hidden[(axis + 1) % 3])
      }
    }
    let points = Points(coordinates, dimension: 8)
    let components = PrincipalComponents(of: points, count: 5)
    for (first, a) in components.directions.enumerated() {
      for (second, b) in components.directions.enumerated() {
        let expected: Double = first == second && first < 3 ? 1 : 0
        #expect(abs(dot(a, b) - expected) < 1e-10)
      }
    }
    let scores = components.scores(of: points)
    for axis in 0..<5 {
      let column = strided(scores, from: axis, by: 5)
      #expect(abs(dot(column, column) / 49 - components.variances[axis]) < 1e-10)
    }
  }

  @Test("points on a line, and points that coincide, have principal components as well")
  func degenerate() {
    let line = PrincipalComponents(of: Points([0, 1, 2, 3], dimension: 1), count: 2)
    #expect(line.scores(of: Points([0, 3], dimension: 1)) == [-1.5, 0, 1.5, 0])
    let same = Points([Double](repeating: 2, count: 6), dimension: 2)
    #expect(PrincipalComponents(of: same, count: 2).scores(of: same).allSatisfy { $0 == 0 })
  }

  /// Reference: scikit-learn's `silhouette_score`.
  @Test("silhouette scores equal those of scikit-learn")
  func silhouette() {
    let labels = Twenty.labels
    #expect(abs(silhouetteScore(of: Twenty.points, labels: labels) + 0.0878844915526848) < 1e-14)
    #expect(abs(silhouetteScore(of: Twenty.plane, labels: labels) + 0.19103059154731566) < 1e-14)
    var single = labels
    single[5] = 3
    #expect(abs(silhouetteScore(of: Twenty.points, labels: single) + 0.05885232313734934) < 1e-14)
  }

  @Test("two pairs of points have the silhouette that one computes by hand")
  func silhouetteByHand() {
    // a = 1, b = 10 and 11, 9 and 10 at the inner points.
    let points = Points([0, 1, 10, 11], dimension: 1)
    let expected = (2 * (1 - 1 / 10.5) + 2 * (1 - 1 / 9.5)) / 4
    #expect(abs(silhouetteScore(of: points, labels: [0, 0, 2, 2]) - expected) < 1e-15)
    let same = Points([3, 3, 3, 3], dimension: 1)
    #expect(silhouetteScore(of: same, labels: [0, 1, 0, 1]) == 0)
  }

  /// Reference: scikit-learn's `KNeighborsClassifier` under `LeaveOneOut`.
  @Test("neighbour accuracies equal those of scikit-learn", arguments: [(1, 16), (3, 12), (5, 14)])
  func accuracy(neighbors: Int, correct: Int) {
    let share = neighborAccuracy(
      of: Twenty.points, labels: Twenty.labels, neighborCount: neighbors)
    #expect(share == Double(correct) / 20)
  }

  @Test("of classes that tie the least label counts")
  func ties() {
    let points = Points([0, 1, -1.5], dimension: 1)
    #expect(neighborAccuracy(of: points, labels: [0, 0, 1], neighborCount: 2) == 2.0 / 3)
  }

  /// Reference: scikit-learn's `trustworthiness`.
  @Test(
    "trustworthiness equals that of scikit-learn",
    arguments: [(2, 0.45606060606060606), (5, 0.5266666666666666)])
  func trust(neighbors: Int, value: Double) {
    let found = trustworthiness(
      of: Twenty.plane, original: Twenty.points, neighborCount: neighbors)
    #expect(abs(found - value) < 1e-14)
    #expect(
      trustworthiness(of: Twenty.points, original: Twenty.points, neighborCount: neighbors) == 1)
  }
}
