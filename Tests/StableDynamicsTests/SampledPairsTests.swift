import DynamicsTestSupport
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// L_sep from some of its pairs.
@Suite("Sampled pairs of rays and foreign classes")
struct SampledPairsTests {
  private let lyapunov = ConvexArchitectureKind.piacnn.lyapunov(seed: 1)
  private let owners = [1, 3]

  private func sampled(_ count: Int, randomPerPair: Int = 0, seed: UInt64 = 0) -> BoundaryRays {
    BoundaryRays(
      sampling: count, equilibria: lyapunov.equilibria, randomPerPair: randomPerPair,
      classes: owners, generator: RandomGenerator(seed: seed))
  }

  /// W^β of given classes at points.
  private func regions(_ points: Tensor, classes: [Int]) -> Tensor {
    1 - (plainValues(lyapunov, classes: classes, at: points) * -0.85).exp
  }

  @Test("Owners are those of the epoch, and every pair comes as often as any other")
  func uniform() {
    let count = 60_000
    let rays = sampled(count, randomPerPair: 2)
    var frequencies: [[Int]: Int] = [:]
    for pair in zip(rays.owners, rays.foreign!) { frequencies[[pair.0, pair.1], default: 0] += 1 }
    #expect(Set(frequencies.keys) == Set([[1, 0], [1, 2], [1, 3], [3, 0], [3, 1], [3, 2]]))
    // Six kinds of pairs: five standard errors of a count.
    let deviation = (Double(count) * (1.0 / 6) * (5.0 / 6)).squareRoot()
    for frequency in frequencies.values {
      #expect(abs(Double(frequency) - Double(count) / 6) <= 5 * deviation)
    }
    #expect(largestDifference(rays.directions.norm(along: 1), .ones([count])) <= 1e-14)
    #expect(rays.directions.doubles == sampled(count, randomPerPair: 2).directions.doubles)
  }

  @Test("One direction in 1 + D is the primary one, and none is further than 30° from it")
  func directions() {
    let count = 20_000
    let rays = sampled(count, randomPerPair: 3)
    let all = BoundaryRays(
      equilibria: lyapunov.equilibria, randomPerPair: 0, classes: owners,
      generator: RandomGenerator(seed: 0))
    let isOwn = (int64(rays.owners).unsqueezed(1) .== int64(all.owners).unsqueezed(0))
    let cosines = rays.directions.matmul(all.directions.transposed)
    let nearest = Tensor.select(isOwn, cosines, .zeros(like: cosines) - 1).max(along: 1)
    #expect(nearest.min().item > 0.866)
    let share = (nearest .> (1 - 1e-12)).to(.float64).mean().item
    #expect(abs(share - 0.25) <= 5 * (0.25 * 0.75 / Double(count)).squareRoot())
  }

  @Test("The loss is the mean over the pairs drawn, whatever the parts", arguments: [3, 1000])
  func mean(pairsAtOnce: Int) {
    let rays = sampled(50, randomPerPair: 2)
    let boundary = BoundarySampler().points(lyapunov, along: rays)
    let found = SeparationLoss.mean(
      lyapunov, boundary: boundary, exponent: 0.85, pairsAtOnce: pairsAtOnce)
    let expected = regions(boundary.points, classes: rays.foreign!).mean().item
    #expect(abs(found.item + expected) <= 1e-13)
  }

  @Test("Without bias, and with the documented variance")
  func unbiased() {
    let sampler = BoundarySampler(tolerance: 1e-9)
    let all = sampler.points(
      lyapunov,
      along: BoundaryRays(
        equilibria: lyapunov.equilibria, randomPerPair: 0, classes: owners,
        generator: RandomGenerator(seed: 0)))
    let full = SeparationLoss.mean(lyapunov, boundary: all, exponent: 0.85).item
    let population = all.owners.indices.flatMap { row in
      (0..<4).filter { $0 != all.owners[row] }.map { (row, $0) }
    }
    let values = regions(
      all.points.selecting(int64(population.map(\.0))), classes: population.map(\.1))
    let deviation = (values - values.mean()).squared.mean().item.squareRoot()
    #expect(deviation > 1e-3)

    let (count, repetitions) = (64, 200)
    let estimates = (0..<repetitions).map { seed in
      SeparationLoss.mean(
        lyapunov, boundary: sampler.points(lyapunov, along: sampled(count, seed: UInt64(seed))),
        exponent: 0.85
      ).item
    }
    let mean = estimates.reduce(0, +) / Double(repetitions)
    let error = deviation / Double(count).squareRoot()
    #expect(abs(mean - full) <= 4 * error / Double(repetitions).squareRoot())
    let variance =
      estimates.map { ($0 - full) * ($0 - full) }.reduce(0, +) / Double(repetitions)
    // The relative standard error of a variance from so many is 0.1.
    #expect(abs(variance / (error * error) - 1) <= 0.4)
  }
}
