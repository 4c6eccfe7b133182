import Failures
import Foundation

/// t-distributed stochastic neighbour embedding: points of many dimensions as points in a plane, near
/// ones near each other.
///
/// Distances between groups and their sizes mean nothing in such a picture, only who is near whom;
/// `silhouetteScore` and `neighborAccuracy` say in a number what seems to be seen.
///
/// ```swift
/// let plane = try TSNE(perplexity: 30).embedding(of: Points(features, dimension: 64))
/// ```
///
/// ### Source
/// van der Maaten, *Accelerating t-SNE using tree-based algorithms*, JMLR 2014: affinities to the
/// ⌊3 · perplexity⌋ nearest neighbours, which here are exact (all pairs are compared), a quadtree with
/// θ = 0.5, momentum 0.5 and then 0.8, gains. As in scikit-learn's `TSNE`, the early exaggeration is
/// 12, the start are the principal components, and the learning rate depends on the number of
/// points (Belkina et al., *Automated optimized parameters for t-SNE*, 2019).
public struct TSNE: Sendable, Hashable {
  /// Where the images of the points are at first.
  public enum Start: Sendable, Hashable {
    /// At the first two principal components, scaled to a deviation of 10⁻⁴ along the first one. The
    /// same picture in every run, with the large structure of the data in it.
    case principalComponents

    /// At normal random numbers of deviation 10⁻⁴.
    case random
  }

  /// How sums over all points are computed.
  public enum Repulsion: Sendable, Hashable {
    /// Through a quadtree, in which a cell counts as one point if its width is less than `theta`
    /// times its distance; `theta` from 0 to 0.7.
    case barnesHut(theta: Double)

    /// Pair by pair, and with affinities between all points.
    case exact
  }

  /// The effective number of neighbours of a point, above 1.
  public var perplexity: Double
  /// Steps in all, the early ones included.
  public var iterations: Int
  /// What affinities are multiplied by in the early steps, so that groups find together.
  public var earlyExaggeration: Double
  /// Steps with exaggeration, and with momentum 0.5 instead of 0.8.
  public var earlyIterations: Int
  /// The length of a step; nil for max(n / (4 · exaggeration), 50), which is scikit-learn's "auto".
  public var learningRate: Double?
  /// Where the images of the points are at first; the principal components by default.
  public var start: Start
  /// How the repulsion between all pairs is summed: through a quadtree with θ = 0.5 by default.
  public var repulsion: Repulsion

  /// The usual settings.
  public init(
    perplexity: Double = 30, iterations: Int = 1000, earlyExaggeration: Double = 12,
    earlyIterations: Int = 250, learningRate: Double? = nil, start: Start = .principalComponents,
    repulsion: Repulsion = .barnesHut(theta: 0.5)
  ) {
    self.perplexity = perplexity
    self.iterations = iterations
    self.earlyExaggeration = earlyExaggeration
    self.earlyIterations = earlyIterations
    self.learningRate = learningRate
    self.start = start
    self.repulsion = repulsion
  }

  /// What an embedding came to.
  public struct Embedding: Sendable {
    /// The images, of dimension 2, centred at the origin.
    public let points: Points
    /// The Kullback-Leibler divergence at the end, without exaggeration; through the tree, unless
    /// repulsion is exact.
    public let divergence: Double
  }

  /// Embeds points in a plane; a function of points, settings and generator.
  ///
  /// - Parameters:
  ///   - generator: Draws the start, if that is random.
  ///   - afterStep: Called with the number of steps done; ends the work by throwing.
  /// - Throws: `Failure` if there are too few points for the perplexity, a coordinate is not
  ///   finite or a setting is out of its range; what `afterStep` throws.
  public func embedding(
    of points: Points, using generator: inout some RandomNumberGenerator,
    afterStep: (Int) throws -> Void = { _ in }
  ) throws -> Embedding {
    try require(points)
    let positions = Self.startPositions(of: points, start: start, using: &generator)
    let objective: TSNEObjective
    switch repulsion {
    case .exact:
      let affinities = affinities(of: points, neighborCount: points.count - 1)
      objective = TSNEObjective(affinities, theta: nil)
    case .barnesHut(let theta):
      let affinities = affinities(of: points, neighborCount: Int(3 * perplexity))
      objective = TSNEObjective(affinities, theta: theta)
    }
    var descent = GainDescent(
      positions: positions,
      learningRate: learningRate
        ?? max(Double(points.count) / (4 * earlyExaggeration), 50))
    for step in 0..<iterations {
      let isEarly = step < earlyIterations
      descent.step(
        along: objective, exaggeration: isEarly ? earlyExaggeration : 1,
        momentum: isEarly ? 0.5 : 0.8)
      guard descent.isFinite else {
        throw Failure(
          at: "learning rate", expected: "one at which the points stay in the plane",
          found: "\(descent.learningRate), infinite points in step \(step + 1)",
          remedy: "Take a smaller one.")
      }
      try afterStep(step + 1)
    }
    return Embedding(
      points: Points(descent.positions, dimension: 2),
      divergence: descent.positions.withUnsafeBufferPointer { objective.divergence(at: $0) })
  }

  /// Embeds points in a plane from their principal components.
  ///
  /// - Precondition: the start is not random.
  /// - Throws: `Failure` if there are too few points for the perplexity, a coordinate is not finite
  ///   or a setting is out of its range.
  public func embedding(of points: Points) throws -> Embedding {
    precondition(start != .random, "TSNE: a random start needs a generator")
    var generator = SystemRandomNumberGenerator()
    return try embedding(of: points, using: &generator)
  }

  private func affinities(of points: Points, neighborCount: Int) -> JointAffinities {
    JointAffinities(
      ConditionalAffinities(
        NearestNeighbors(of: points, count: neighborCount), perplexity: perplexity))
  }

  private func require(_ points: Points) throws(Failure) {
    guard perplexity > 1, perplexity.isFinite else {
      throw Failure(
        at: "perplexity", expected: "a number above 1", found: "\(perplexity)",
        remedy: "From 5 to 50 is usual.")
    }
    guard Double(points.count) >= 3 * perplexity + 1 else {
      throw Failure(
        at: "perplexity", expected: "at most (n - 1) / 3 of \(points.count) points",
        found: "\(perplexity)", remedy: "Take more points or a smaller perplexity.")
    }
    guard points.coordinates.allSatisfy(\.isFinite) else {
      throw Failure(
        at: "points", expected: "finite coordinates", found: "an infinite one or a NaN",
        remedy: "Look where these features come from.")
    }
    guard iterations >= 0, earlyIterations >= 0, earlyExaggeration > 0, learningRate ?? 1 > 0
    else {
      throw Failure(
        at: "t-SNE",
        expected: "steps of zero or more, positive exaggeration and learning rate",
        found: "\(self)", remedy: "Correct the setting.")
    }
    if case .barnesHut(let theta) = repulsion, !(0...0.7).contains(theta) {
      throw Failure(
        at: "theta", expected: "from 0 to 0.7", found: "\(theta)", remedy: "0.5 is usual.")
    }
  }

  private static func startPositions(
    of points: Points, start: Start, using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    switch start {
    case .random:
      return (0..<points.count).flatMap { _ in normalPair(using: &generator).map { $0 * 1e-4 } }
    case .principalComponents:
      let scores = PrincipalComponents(of: points, count: 2).scores(of: points)
      let squares = (0..<points.count).reduce(0.0) { $0 + scores[2 * $1] * scores[2 * $1] }
      let deviation = (squares / Double(points.count)).squareRoot()
      return deviation > 0 ? scores.map { $0 / deviation * 1e-4 } : scores
    }
  }

  /// Two independent standard normal numbers (Box and Muller 1958).
  private static func normalPair(using generator: inout some RandomNumberGenerator) -> [Double] {
    // In (0, 1] and [0, 1), of 53 random bits.
    let radius = (-2 * log((Double(generator.next() >> 11) + 1) * 0x1p-53)).squareRoot()
    let angle = 2 * Double.pi * Double(generator.next() >> 11) * 0x1p-53
    return [radius * cos(angle), radius * sin(angle)]
  }
}
