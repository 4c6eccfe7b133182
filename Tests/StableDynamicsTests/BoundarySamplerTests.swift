import DynamicsTestSupport
import Foundation
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Boundaries of prescribed regions")
struct BoundarySamplerTests {
  private func rays(_ lyapunov: LyapunovFunction, seed: UInt64) -> BoundaryRays {
    BoundaryRays(
      equilibria: lyapunov.equilibria, randomPerPair: 3, generator: RandomGenerator(seed: seed))
  }

  /// W of the owner at each point, from recorded operations.
  private func levels(_ lyapunov: LyapunovFunction, _ boundary: BoundaryPoints) -> Tensor {
    ZubovTransform.region(
      plainValues(lyapunov, classes: boundary.owners, at: boundary.points).detached)
  }

  @Test("Algorithm 1 takes the steps that a hand takes on V = r²/2")
  func trace() {
    let lyapunov = quadraticLyapunov([[0], [100]])
    let rays = BoundaryRays(owners: [0], directions: Tensor([1.0], shape: [1, 1]))
    // W = 0.949 at 2.43957 and 0.951 at 2.45596: out by unit steps to 3, then halved at each
    // reversal: 2.5 and 2 are beyond and before the boundary, and so on.
    let trace = [
      1, 2, 3, 2.5, 2, 2.25, 2.5, 2.375, 2.4375, 2.5, 2.46875, 2.4375, 2.453125, 2.453125,
    ]
    for (index, length) in trace.enumerated() {
      let sampler = BoundarySampler(
        level: 0.95, tolerance: 0.001, iterationLimit: index + 1, search: .bisection)
      let found = sampler.points(lyapunov, along: rays)
      #expect(found.lengths.doubles == [length], "after \(index + 1) iterations")
      #expect(found.converged.integers == [index >= 12 ? 1 : 0])
      #expect(found.points.doubles == [length])
    }
  }

  @Test("With the paper's tolerance the same search ends after four steps")
  func shortTrace() {
    let lyapunov = quadraticLyapunov([[0], [100]])
    let rays = BoundaryRays(owners: [0, 1], directions: Tensor([1.0, -1], shape: [2, 1]))
    for (limit, length, converged) in [(3, 3.0, 0), (4, 2.5, 1), (30, 2.5, 1)] {
      let found = BoundarySampler(iterationLimit: limit, search: .bisection)
        .points(lyapunov, along: rays)
      #expect(found.lengths.doubles == [length, length])
      #expect(found.converged.integers == [converged, converged])
      #expect(found.points.doubles == [length, 100 - length])
    }
  }

  @Test(
    "A quadratic V has the boundary of a ball", arguments: [0.05, 0.5, 2], [0.5, 0.95, 0.999])
  func ball(weight: Double, level: Double) {
    let lyapunov = quadraticLyapunov([[1, 2, 0], [-3, 0, 1]], weight: weight)
    let rays = rays(lyapunov, seed: 0)
    let radius = (-log(1 - level) / weight).squareRoot()
    let newton = BoundarySampler(level: level, tolerance: 1e-6, search: .newton)
      .points(lyapunov, along: rays)
    #expect(largestDifference(newton.lengths, radius) <= 1e-12 * radius)
    #expect(newton.converged.integers == [Int](repeating: 1, count: 8))
    let bisected = BoundarySampler(
      level: level, tolerance: 1e-6, iterationLimit: 80, search: .bisection
    ).points(lyapunov, along: rays)
    // dW/dr = (1 - W) 2δr.
    let slack = 1.01e-6 / ((1 - level) * 2 * weight * radius)
    #expect(largestDifference(bisected.lengths, radius) <= slack)
  }

  @Test(
    "Both searches meet the tolerance in W, and so agree within it",
    arguments: ConvexArchitectureKind.allCases, [DType.float32, .float64])
  func tolerance(_ kind: ConvexArchitectureKind, _ dtype: DType) {
    for seed in 0..<3 as Range<UInt64> {
      let lyapunov = kind.lyapunov(seed: seed, dtype: dtype)
      let rays = rays(lyapunov, seed: seed)
      func found(_ search: BoundarySampler.Search) -> BoundaryPoints {
        BoundarySampler(tolerance: 0.01, search: search).points(lyapunov, along: rays)
      }
      let (newton, bisected) = (found(.newton), found(.bisection))
      let (a, b) = (levels(lyapunov, newton), levels(lyapunov, bisected))
      #expect((a - 0.95).magnitude.max().item <= 0.00101)
      #expect((b - 0.95).magnitude.max().item <= 0.01001)
      #expect((a - b).magnitude.max().item <= 0.0111)
      for boundary in [newton, bisected] {
        #expect(boundary.converged.all().item == 1)
        #expect(boundary.owners == rays.owners)
        let starts = lyapunov.equilibria.selecting(int64(rays.owners))
        let expected = starts + rays.directions * boundary.lengths.unsqueezed(1)
        #expect(areIdentical(boundary.points, expected))
        #expect(!boundary.points.requiresGradient)
      }
    }
  }

  @Test(
    "With a tight tolerance both find the same lengths",
    arguments: ConvexArchitectureKind.allCases)
  func agreement(_ kind: ConvexArchitectureKind) {
    let lyapunov = kind.lyapunov(seed: 11)
    let rays = rays(lyapunov, seed: 11)
    func lengths(_ search: BoundarySampler.Search) -> Tensor {
      let found = BoundarySampler(tolerance: 1e-10, iterationLimit: 200, search: search)
        .points(lyapunov, along: rays)
      #expect(found.converged.all().item == 1)
      return found.lengths
    }
    let newton = lengths(.newton)
    #expect(largestDifference(newton, lengths(.bisection)) <= 1e-7)
    // The learned part moves the boundary in from where δr² alone has it.
    #expect(newton.min().item < (-log(0.05) / 0.5).squareRoot() - 0.01)
  }

  @Test(
    "Few iterations leave rays unconverged, and say so", arguments: BoundarySampler.Search.allCases)
  func limit(_ search: BoundarySampler.Search) {
    let lyapunov = ConvexArchitectureKind.piacnn.lyapunov(seed: 1)
    let rays = rays(lyapunov, seed: 1)
    let found = BoundarySampler(tolerance: 1e-4, iterationLimit: 2, search: search)
      .points(lyapunov, along: rays)
    let errors = (levels(lyapunov, found) - 0.95).magnitude.doubles
    #expect(found.converged.integers.contains(0))
    for (error, converged) in zip(errors, found.converged.integers) where converged == 1 {
      #expect(error <= 1.001e-4)
    }
  }

  @Test("Rays searched in blocks end where those do that are searched at once")
  func blocks() {
    let lyapunov = ConvexArchitectureKind.piacnn.lyapunov(seed: 3)
    let rays = BoundaryRays(
      equilibria: lyapunov.equilibria, randomPerPair: 2, generator: RandomGenerator(seed: 3))
    for search in BoundarySampler.Search.allCases {
      var sampler = BoundarySampler(tolerance: 1e-9, iterationLimit: 100, search: search)
      let whole = sampler.points(lyapunov, along: rays)
      sampler.raysAtOnce = 5
      let parts = sampler.points(lyapunov, along: rays)
      #expect(parts.owners == whole.owners)
      #expect(largestDifference(parts.points, whole.points) <= 1e-7)
      #expect(parts.converged.integers == whole.converged.integers)
    }
  }

  @Test("Rays leave each class for every other one, the primary direction first")
  func rays() {
    let equilibria = Tensor([0.0, 0, 4, 0, 0, 3], shape: [3, 2])
    let rays = BoundaryRays(
      equilibria: equilibria, randomPerPair: 2, generator: RandomGenerator(seed: 0))
    #expect(rays.owners == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
    let primary = rays.directions.selecting(int64([0, 3, 6, 9, 12, 15])).doubles
    let expected = [1, 0, 0, 1, -1, 0, -0.8, 0.6, 0, -1, 0.8, -0.6]
    for (a, b) in zip(primary, expected) { #expect(abs(a - b) <= 1e-15) }
    #expect(largestDifference(rays.directions.norm(along: 1), .ones([18])) <= 1e-14)
    // A unit vector plus one of length below 1/2 turns by less than 30°.
    let cosines =
      (rays.directions.reshaped([6, 3, 2])
      * rays.directions.reshaped([6, 3, 2]).sliced(0..<1, along: 1)).sum(along: 2)
    #expect(cosines.min().item > 0.866)
    #expect(cosines.sliced(1..<3, along: 1).max().item < 1 - 1e-9)
    let some = BoundaryRays(
      equilibria: equilibria, randomPerPair: 0, classes: [2, 0], generator: RandomGenerator(seed: 0)
    )
    #expect(some.owners == [0, 0, 2, 2])
    #expect(some.directions.doubles.prefix(4) == [1, 0, 0, 1])
  }
}
