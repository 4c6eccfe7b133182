import NeuralNetworks
import Tensors

/// Random points of the ball, of which the first misclassified is kept, or that of the greatest
/// margin.
///
/// It finds what is everywhere, so an attack that finds less has failed: one of the checks of
/// Carlini et al., "On evaluating adversarial robustness", 2019. Points are uniform in the ball and
/// then confined to [0, 1].
public struct RandomSearch: Attack {
  public let name: String
  public let reference = "Carlini et al. 2019, arXiv:1902.06705"
  public let norms: Set<ThreatModel.Norm> = [.linf, .l2]
  public let usesGradients = false
  /// How many points are tried.
  public let points: Int

  /// Points of one sample that are classified together. They are always as many, so that draws do
  /// not depend on the batch.
  private static let chunk = 16
  /// Images that are classified together, if there are that many.
  private static let imagesAtOnce = 512

  /// - Parameters:
  ///   - name: what results call it.
  ///   - points: at least 1.
  public init(name: String = "random", points: Int = 10_000) {
    precondition(points > 0, "RandomSearch(points: \(points))")
    self.name = name
    self.points = points
  }

  public var steps: Int { points }

  public var parameters: [String: String] { ["points": "\(points)", "draws": "uniform"] }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let groups = BatchSizing(size: Self.imagesAtOnce / Self.chunk) { nil }
    var images: [Tensor] = []
    try withoutGradients {
      try groups.forEach(in: Array(0..<problem.samples.count)) { rows in
        images.append(try search(problem.subset(rows)))
      }
    }
    return Perturbation(images: Tensor.concatenated(images))
  }

  private func search(_ problem: AttackProblem) throws -> Tensor {
    let (shape, threat) = (problem.sampleShape, problem.threat)
    var search = MarginSearch(problem)
    var generators = SampleGenerators(problem, for: name)
    for start in stride(from: 0, to: points, by: Self.chunk) where !search.isOver {
      let each = min(Self.chunk, points - start)
      let clean = search.problem.samples.images.unsqueezed(1)
      let changes = generators.draws { threat.norm.ballPoints(each, of: shape, using: $0) }
      let candidates = (clean + changes.like(clean) * threat.epsilon).clamped(to: 0...1)
      if let kept = search.considerBest(of: candidates, margins: try search.margins(of: candidates))
      {
        generators = generators.subset(kept)
      }
    }
    return search.result
  }
}

extension ThreatModel.Norm {
  /// Uniform points of the unit ball, [count, ...].
  fileprivate func ballPoints(
    _ count: Int, of shape: [Int], using generator: RandomGenerator
  ) -> Tensor {
    switch self {
    case .linf: return generator.uniform([count] + shape, in: -1..<1)
    case .l2:
      let directions = generator.normal([count] + shape)
      let lengths = generator.uniform([count]).power(1 / Double(shape.reduce(1, *)))
      return directions * (lengths / directions.sampleNorms.maximum(1e-12)).spread(over: directions)
    }
  }
}
