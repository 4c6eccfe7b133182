import Tensors

/// A generator for each sample of a batch, for attacks that draw again and again: what a sample
/// draws depends on how often it has drawn, not on the samples beside it.
struct SampleGenerators {
  private var generators: [RandomGenerator]

  /// - Parameter purpose: the attack's name.
  init(_ problem: AttackProblem, for purpose: String) {
    generators = zip(problem.samples.indices, problem.attempts).map {
      RandomGenerator(seed: problem.seed, purpose: purpose, sample: $0, variant: $1)
    }
  }

  private init(_ generators: [RandomGenerator]) { self.generators = generators }

  /// What each generator draws next, stacked, [N, ...].
  func draws(_ draw: (RandomGenerator) -> Tensor) -> Tensor {
    Tensor.stacked(generators.map(draw))
  }

  func subset(_ positions: [Int]) -> SampleGenerators {
    SampleGenerators(positions.map { generators[$0] })
  }
}
