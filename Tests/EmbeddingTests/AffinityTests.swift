import Embedding
import Foundation
import Testing

@Suite("Neighbours and affinities")
struct AffinityTests {
  @Test("neighbours are those of a sort by distance, ties by index", arguments: [1, 4, 39])
  func neighbors(count: Int) {
    var generator = Generator(seed: 1)
    // Of few values, so that many distances tie.
    let coordinates = (0..<200).map { _ in Double(Int.random(in: 0...2, using: &generator)) }
    let points = Points(coordinates, dimension: 5)
    let found = NearestNeighbors(of: points, count: count)
    for point in 0..<40 {
      let squares = (0..<40).map { squaredDistance(points[point], points[$0]) }
      let expected = (0..<40).filter { $0 != point }
        .sorted { (squares[$0], $0) < (squares[$1], $1) }.prefix(count)
      #expect(found[point].elementsEqual(expected))
      #expect(
        found.squaredDistances[point * count..<(point + 1) * count]
          .elementsEqual(expected.map { squares[$0] }))
    }
  }

  @Test("the entropy of each point's affinities is ln(perplexity)", arguments: [2.0, 5, 30])
  func entropy(perplexity: Double) {
    let points = groups(4, of: 40).points
    let affinities = ConditionalAffinities(
      NearestNeighbors(of: points, count: Int(3 * perplexity)), perplexity: perplexity)
    let width = affinities.neighbors.neighborCount
    for point in 0..<points.count {
      let p = affinities.probabilities[point * width..<(point + 1) * width]
      #expect(abs(p.reduce(0, +) - 1) < 1e-12)
      #expect(abs(-dot(p, p.map { $0 > 0 ? log($0) : 0 }) - log(perplexity)) < 1e-5)
    }
  }

  @Test("coinciding neighbours share the probability")
  func duplicates() {
    let points = Points(Array(repeating: 0, count: 8) + [5, 6, 7], dimension: 1)
    let affinities = ConditionalAffinities(
      NearestNeighbors(of: points, count: 9), perplexity: 3)
    #expect(
      largestDifference(
        Array(affinities.probabilities[..<9]), Array(repeating: 1.0 / 7, count: 7) + [0, 0]) < 1e-12
    )
    #expect(affinities.probabilities.allSatisfy { $0.isFinite })
  }

  /// Reference: NumPy in float64 from all pairs, the precisions by SciPy's `brentq`.
  @Test("affinities of twenty points equal those of NumPy")
  func golden() {
    let conditional = Twenty.conditional
    let precisions = [1.239886257608223, 1.7653088432330686, 0.9499492082515845]
    for (point, precision) in zip([0, 7, 19], precisions) {
      #expect(abs(conditional.precisions[point] / precision - 1) < 1e-8)
    }
    for (point, other, value) in [
      (0, 1, 0.005123962082074886), (7, 3, 0.2264461989029623), (19, 18, 0.007135583093041509),
    ] {
      let place = conditional.neighbors[point].firstIndex(of: other)!
      #expect(abs(conditional.probabilities[place] / value - 1) < 1e-7)
    }

    let joint = JointAffinities(conditional)
    for (row, column, value) in [
      (0, 1, 0.0025094615710573765), (3, 7, 0.013583643358182526), (7, 3, 0.013583643358182526),
      (18, 19, 0.001757974230208361), (2, 11, 3.1399471957816097e-09),
    ] {
      #expect(abs(joint[row, column] / value - 1) < 1e-7, "\(row), \(column)")
    }
    #expect(joint.values.count == 348)
    #expect(abs(dot(joint.values, joint.values) - 0.012718363218177705) < 1e-10)
  }

  @Test("joint affinities are symmetric, of sum 1 and without a diagonal")
  func joint() {
    let joint = JointAffinities(
      ConditionalAffinities(
        NearestNeighbors(of: groups(3, of: 20).points, count: 12), perplexity: 4))
    #expect(abs(joint.values.reduce(0, +) - 1) < 1e-12)
    for row in 0..<joint.count {
      #expect(joint[row, row] == 0)
      let entries = joint.columns[joint.rowStarts[row]..<joint.rowStarts[row + 1]]
      #expect(zip(entries, entries.dropFirst()).allSatisfy { $0 < $1 })
      #expect(entries.allSatisfy { joint[row, Int($0)] == joint[Int($0), row] })
    }
  }
}
