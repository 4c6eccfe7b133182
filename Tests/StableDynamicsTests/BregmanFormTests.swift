import DynamicsTestSupport
import Foundation
import StableDynamics
import Tensors
import TestSupport
import Testing

/// V_i = s (g(x) - g(0) - ⟨∇g(0), x⟩) + δ|x|².
@Suite("Bregman's form of V")
struct BregmanFormTests {
  static let kinds = ConvexArchitectureKind.allCases
  private let delta = 0.05

  private func lyapunov(
    _ kind: ConvexArchitectureKind, seed: UInt64, scale: Double = 2
  ) -> LyapunovFunction {
    let plain = kind.lyapunov(seed: seed)
    return LyapunovFunction(
      networks: plain.networks, equilibria: plain.equilibria, quadraticWeight: delta,
      learnedPart: .bregman(
        scale: Tensor([scale]), slopesAtOrigin: plain.networks.slopesAtOrigin))
  }

  private func groups(_ count: Int) -> ClassGroups {
    ClassGroups(classes: (0..<count).map { $0 % 4 }, classCount: 4)
  }

  /// V of each point's class from recorded operations, differentiable twice.
  private func plain(_ v: LyapunovFunction, at points: Tensor, _ classes: [Int], scale: Double = 2)
    -> Tensor
  {
    let x = points - v.equilibria.selecting(int64(classes))
    let origin = Tensor.zeros(like: x).differentiable()
    let atOrigin = plainValues(v.networks, classes: classes, at: origin)
    let slopes = gradient(of: atOrigin.sum(), wrt: [origin])[0]
    let g = plainValues(v.networks, classes: classes, at: x)
    return (g - atOrigin.detached - (slopes * x).sum(along: 1)) * scale
      + x.squared.sum(along: 1) * delta
  }

  @Test("The slopes of g at 0 are its derivatives there", arguments: kinds)
  func slopes(_ kind: ConvexArchitectureKind) {
    let v = lyapunov(kind, seed: 2)
    let origin = Tensor.zeros([4, 4], dtype: .float64).differentiable()
    let values = plainValues(v.networks, classes: [0, 1, 2, 3], at: origin)
    let expected = gradient(of: values.sum(), wrt: [origin])[0]
    #expect(relativeError(v.networks.slopesAtOrigin, expected) <= 1e-13)
    #expect(expected.norm.item > 1e-3)
  }

  @Test("All ways to evaluate it agree with the plain form and autograd", arguments: kinds)
  func consistency(_ kind: ConvexArchitectureKind) {
    let v = lyapunov(kind, seed: 6)
    expectConsistency(of: v, points: 12, tolerance: 1e-11) { plain(v, at: $0, $1) }
  }

  @Test(
    "It is 0 with slope 0 at c, at least δ|x|², and convex", arguments: kinds,
    0..<4 as Range<UInt64>)
  func definite(_ kind: ConvexArchitectureKind, _ seed: UInt64) {
    let v = lyapunov(kind, seed: seed, scale: 30)
    let centers = v.equilibria.differentiable()
    let own = ClassGroups(classes: [0, 1, 2, 3], classCount: 4)
    let least = v.values(at: centers, groups: own)
    #expect(least.magnitude.max().item <= 1e-12)
    #expect(v.gradients(at: v.equilibria).doubles.count == 64)
    for i in 0..<4 {
      #expect(v.gradients(at: v.equilibria)[i][i].norm.item <= 1e-12)
    }

    let generator = RandomGenerator(seed: seed, keys: 5)
    let groups = groups(400)
    let c = v.equilibria.selecting(groups.classes)
    func draw() -> Tensor {
      generator.normal([400, 4], dtype: .float64)
        * generator.uniform([400, 1], in: 0.01..<8, dtype: .float64)
    }
    let (x, y) = (draw(), draw())
    func value(_ x: Tensor) -> Tensor { v.values(at: c + x, groups: groups) }
    let floor = x.squared.sum(along: 1) * delta
    #expect((value(x) / floor).min().item >= 1 - 1e-12)
    #expect((value(x) / floor).max().item > 1.5, "the learned part is never seen")
    // Midpoint convexity, beyond that of the quadratic part alone.
    let excess = value((x + y) * 0.5) - (value(x) + value(y)) * 0.5
    #expect((excess + (x - y).squared.sum(along: 1) * (delta / 4)).max().item <= 1e-11)
  }

  @Test("Boundaries along rays are where W reaches the level", arguments: kinds)
  func boundary(_ kind: ConvexArchitectureKind) {
    let v = lyapunov(kind, seed: 1)
    let rays = BoundaryRays(
      equilibria: v.equilibria, randomPerPair: 3, generator: RandomGenerator(seed: 4))
    var sampler = BoundarySampler()
    let found = sampler.points(v, along: rays)
    #expect(found.converged.all().item == 1)
    let groups = ClassGroups(classes: rays.owners, classCount: 4)
    let w = ZubovTransform.region(v.values(at: found.points, groups: groups))
    #expect(largestDifference(w, 0.95) <= 0.0011)
    sampler.search = .bisection
    #expect(largestDifference(sampler.points(v, along: rays).lengths, found.lengths) <= 0.5)
  }

  @Test("The factor's derivative is the learned part itself")
  func scale() {
    let plain = ConvexArchitectureKind.piacnn.lyapunov(seed: 3)
    let scale = Tensor([1.5]).differentiable()
    let v = LyapunovFunction(
      networks: plain.networks, equilibria: plain.equilibria, quadraticWeight: delta,
      learnedPart: .bregman(scale: scale, slopesAtOrigin: plain.networks.slopesAtOrigin))
    let points = RandomGenerator(seed: 3).normal([8, 4], deviation: 2, dtype: .float64)
    let groups = groups(8)
    let values = v.values(at: groups.grouped(points), groups: groups)
    let x = groups.grouped(points) - v.equilibria.selecting(groups.classes)
    let learned = values - x.squared.sum(along: 1) * delta
    let slope = gradient(of: values.sum(), wrt: [scale])[0].item
    #expect(abs(slope - learned.sum().item / 1.5) <= 1e-10)
  }
}
