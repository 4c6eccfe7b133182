import Embedding
import Foundation
import Testing

@Suite("t-SNE")
struct TSNETests {
  private func embedding(_ tsne: TSNE, _ points: Points, seed: UInt64 = 0) throws -> TSNE.Embedding
  {
    var generator = Generator(seed: seed)
    return try tsne.embedding(of: points, using: &generator)
  }

  @Test(
    "groups that are far apart stay apart",
    arguments: [TSNE.Start.principalComponents, .random],
    [TSNE.Repulsion.barnesHut(theta: 0.5), .exact])
  func groupsStayApart(start: TSNE.Start, repulsion: TSNE.Repulsion) throws {
    let sample = groups(5, of: 40)
    let tsne = TSNE(perplexity: 10, iterations: 500, start: start, repulsion: repulsion)
    let found = try embedding(tsne, sample.points)
    #expect(found.points.count == 200 && found.points.dimension == 2)
    #expect(neighborAccuracy(of: found.points, labels: sample.labels) == 1)
    #expect(silhouetteScore(of: found.points, labels: sample.labels) > 0.6)
    #expect(trustworthiness(of: found.points, original: sample.points) > 0.9)
    for axis in 0...1 {
      let mean = strided(found.points.coordinates, from: axis, by: 2).reduce(0, +) / 200
      #expect(abs(mean) < 1e-9)
    }
  }

  @Test("a seed gives the same bits, another seed other points")
  func determinism() throws {
    let points = groups(3, of: 20).points
    let tsne = TSNE(perplexity: 5, iterations: 60, start: .random)
    let first = try embedding(tsne, points, seed: 4)
    #expect(try embedding(tsne, points, seed: 4).points == first.points)
    #expect(try embedding(tsne, points, seed: 5).points != first.points)
    var fixed = tsne
    fixed.start = .principalComponents
    let places = try [4, 5].map { try embedding(fixed, points, seed: $0).points }
    #expect(places[0] == places[1])
  }

  @Test("a random start is normal with deviation 1e-4")
  func randomStart() throws {
    let points = groups(5, of: 400, dimension: 2).points
    let start = try embedding(TSNE(perplexity: 2, iterations: 0, start: .random), points).points
    let values = start.coordinates.map { $0 / 1e-4 }
    let count = Double(values.count)
    #expect(abs(values.reduce(0, +) / count) < 5 / count.squareRoot())
    #expect(abs(dot(values, values) / count - 1) < 0.12)
    let tail = values.count { abs($0) > 1.96 }
    #expect(abs(Double(tail) / count - 0.05) < 0.018)
  }

  @Test("the start are the principal components, of deviation 1e-4 along the first")
  func principalStart() throws {
    let points = Twenty.points
    let start = try embedding(TSNE(perplexity: 5, iterations: 0), points).points.coordinates
    let scores = PrincipalComponents(of: points, count: 2).scores(of: points)
    let deviation = (2.889107316566466 * 19 / 20).squareRoot()
    #expect(largestDifference(start, scores.map { $0 / deviation * 1e-4 }) < 1e-14)
  }

  @Test("steps follow the momentum, gains and exaggeration of the method")
  func steps() throws {
    // The same recurrence once more, from the tested gradient.
    let points = groups(3, of: 12).points
    let affinities = JointAffinities(
      ConditionalAffinities(NearestNeighbors(of: points, count: 35), perplexity: 4))
    let objective = TSNEObjective(affinities, theta: nil)
    var settings = TSNE(
      perplexity: 4, iterations: 0, earlyExaggeration: 6, earlyIterations: 5, repulsion: .exact)
    var place = try embedding(settings, points).points.coordinates
    settings.iterations = 9
    let found = try embedding(settings, points)
    var velocity = [Double](repeating: 0, count: place.count)
    var gains = [Double](repeating: 1, count: place.count)
    for step in 0..<9 {
      var slope = [Double](repeating: 0, count: place.count)
      place.withUnsafeBufferPointer { place in
        slope.withUnsafeMutableBufferPointer {
          objective.gradient(at: place, exaggeration: step < 5 ? 6 : 1, into: $0)
        }
      }
      for index in place.indices {
        gains[index] =
          (slope[index] > 0) != (velocity[index] > 0) && velocity[index] != 0
          ? gains[index] + 0.2 : max(0.01, 0.8 * gains[index])
        velocity[index] =
          (step < 5 ? 0.5 : 0.8) * velocity[index] - 50 * gains[index] * slope[index]
        place[index] += velocity[index]
      }
    }
    let centre = (0...1).map { strided(place, from: $0, by: 2).reduce(0, +) / 36 }
    for index in place.indices { place[index] -= centre[index % 2] }
    #expect(largestDifference(found.points.coordinates, place) < 1e-9)
    #expect(abs(found.divergence - divergence(of: objective, at: place)) < 1e-9)
  }

  @Test("the divergence falls, and the callback ends the work")
  func progress() throws {
    let points = groups(3, of: 20).points
    let values = try [0, 300, 600].map {
      try embedding(TSNE(perplexity: 5, iterations: $0), points).divergence
    }
    #expect(values[0] > values[1] && values[1] > values[2])
    struct Enough: Error {}
    var steps: [Int] = []
    var generator = Generator(seed: 0)
    #expect(throws: Enough.self) {
      try TSNE(perplexity: 5).embedding(of: points, using: &generator) { step in
        steps.append(step)
        if step == 3 { throw Enough() }
      }
    }
    #expect(steps == [1, 2, 3])
  }

  @Test("what cannot be embedded is refused in one line")
  func refusals() {
    func refusal(_ tsne: TSNE, _ points: Points = Twenty.points) -> String {
      do {
        _ = try embedding(tsne, points)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      refusal(TSNE(perplexity: 7))
        == "perplexity: expected at most (n - 1) / 3 of 20 points, found 7.0. "
        + "Take more points or a smaller perplexity.")
    #expect(refusal(TSNE(perplexity: 6, iterations: 1)).isEmpty)
    #expect(refusal(TSNE(perplexity: 1)).contains("expected a number above 1, found 1.0"))
    #expect(refusal(TSNE(perplexity: .nan)).contains("a number above 1"))
    #expect(
      refusal(TSNE(perplexity: 5, repulsion: .barnesHut(theta: 0.8)))
        .contains("theta: expected from 0 to 0.7, found 0.8"))
    #expect(refusal(TSNE(perplexity: 5, learningRate: 0)).contains("positive exaggeration"))
    #expect(
      refusal(TSNE(perplexity: 5, learningRate: 1e300)).contains("learning rate: expected one"))
    var coordinates = Twenty.points.coordinates
    coordinates[17] = Double.infinity
    #expect(
      refusal(TSNE(perplexity: 5), Points(coordinates, dimension: 3))
        .contains("finite coordinates"))
  }
}
