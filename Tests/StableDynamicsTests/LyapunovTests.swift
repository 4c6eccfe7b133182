import DynamicsTestSupport
import Foundation
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// Propositions 1 and 2 on random networks.
@Suite("Lyapunov functions")
struct LyapunovTests {
  static let kinds = ConvexArchitectureKind.allCases

  /// Random points at all scales, four for each class in turn, in grouped order.
  private func points(_ lyapunov: LyapunovFunction, each count: Int, seed: UInt64) -> Points {
    let generator = RandomGenerator(seed: seed, keys: 9)
    let total = lyapunov.classCount * count
    let dimension = lyapunov.equilibria.shape[1]
    let scale = (generator.uniform([total, 1], in: -3..<2, dtype: .float64) * M_LN10).exp
    let direction = generator.normal([total, dimension], dtype: .float64)
    let labels = (0..<lyapunov.classCount).flatMap { [Int](repeating: $0, count: count) }
    return Points(
      groups: ClassGroups(classes: labels, classCount: lyapunov.classCount), labels: labels,
      offsets: direction / direction.norm(along: 1, keeping: true) * scale)
  }

  private struct Points {
    let groups: ClassGroups
    let labels: [Int]
    let offsets: Tensor
  }

  /// By how much the value inside segments exceeds the chord, relative to the ends, at most.
  private func worstExcess(_ networks: ClassConvexNetworks, seed: UInt64) -> Double {
    let generator = RandomGenerator(seed: seed, keys: 4)
    let count = networks.classCount * 200
    let groups = ClassGroups(
      classes: (0..<count).map { $0 / 200 }, classCount: networks.classCount
    ).groups
    let scale = (generator.uniform([count, 1], in: -2..<1, dtype: .float64) * M_LN10).exp
    let a = generator.normal([count, 4], dtype: .float64) * scale
    let b = generator.normal([count, 4], dtype: .float64) * scale
    let share = generator.uniform([count], dtype: .float64)
    func g(_ x: Tensor) -> Tensor { networks.values(at: x, groups: groups, lanes: 1) }
    let inside = g(a * share.unsqueezed(1) + b * (1 - share).unsqueezed(1))
    let chord = g(a) * share + g(b) * (1 - share)
    return ((inside - chord) / (1 + chord.magnitude)).max().item
  }

  @Test("g lies below its chords", arguments: kinds, 0..<5 as Range<UInt64>)
  func convexity(_ kind: ConvexArchitectureKind, _ seed: UInt64) {
    let networks = kind.lyapunov(seed: seed).networks
    #expect(worstExcess(networks, seed: seed) <= 1e-13)
  }

  @Test(
    "Negative weights bend g the wrong way; restoring convexity clamps only them",
    arguments: kinds)
  func restoring(_ kind: ConvexArchitectureKind) {
    let network = kind.network(seed: 3)
    let equilibria = RandomGenerator(seed: 3, keys: 1).normal([4, 4], dtype: .float64)
    let generator = RandomGenerator(seed: 3, keys: 2)
    let before = network.nonNegative.map { matrix in
      let draws = generator.normal(matrix.shape, mean: -1, dtype: .float64)
      matrix.assign(draws)
      return draws.doubles
    }
    #expect(worstExcess(network.networks(for: equilibria).detached, seed: 3) > 1e-3)
    let others = network.state.entries.filter { !$0.name.hasPrefix("z.") }
    let othersBefore = others.map(\.tensor.bytes)
    network.restoreConvexity()
    #expect(network.nonNegative.count == 3)
    for (matrix, draws) in zip(network.nonNegative, before) {
      #expect(matrix.doubles == draws.map { max($0, 0) })
    }
    #expect(others.map(\.tensor.bytes) == othersBefore)
    #expect(worstExcess(network.networks(for: equilibria).detached, seed: 3) <= 1e-13)
  }

  @Test(
    "V is 0 at its equilibrium and at least δr² elsewhere",
    arguments: kinds, 0..<5 as Range<UInt64>)
  func definite(_ kind: ConvexArchitectureKind, _ seed: UInt64) {
    let lyapunov = kind.lyapunov(seed: seed)
    let centers = ClassGroups(classes: [0, 1, 2, 3], classCount: 4)
    let least = lyapunov.values(at: lyapunov.equilibria, groups: centers)
    #expect(least.magnitude.max().item == 0)
    let given = points(lyapunov, each: 100, seed: seed)
    let values = lyapunov.values(
      at: lyapunov.equilibria.selecting(given.groups.classes) + given.offsets, groups: given.groups)
    let floor = given.offsets.squared.sum(along: 1) * 0.5
    #expect((values / floor).min().item >= 1 - 1e-9)
    #expect((values / floor).max().item > 1.001, "the learned part is never seen")
  }

  @Test(
    "V, ∇V and dV/dh · f are exactly 0 at each equilibrium, among others too",
    arguments: kinds, [DType.float32, .float64])
  func equilibrium(_ kind: ConvexArchitectureKind, _ dtype: DType) {
    for (dimension, seeds) in [(2, 12), (7, 12), (64, 3), (256, 1)] {
      for seed in 0..<UInt64(seeds) {
        let generator = RandomGenerator(seed: seed)
        let centers = generator.normal([3, dimension], deviation: 3, dtype: dtype)
        let networks = kind.network(
          seed: seed, classCount: 3, dimension: dimension, dtype: dtype
        ).networks(for: centers).detached
        let scale = Tensor.ones([1], dtype: dtype) * 0.5
        for part in [
          LearnedPart.rectified(smoothing: 0.1),
          .bregman(scale: scale, slopesAtOrigin: networks.slopesAtOrigin),
        ] {
          let v = LyapunovFunction(
            networks: networks, equilibria: centers, quadraticWeight: 0.5, learnedPart: part)
          let other = generator.normal([1, dimension], dtype: dtype)
          let points = Tensor.concatenated([centers, other])
          let (values, slopes) = (v.values(at: points), v.gradients(at: points))
          let groups = ClassGroups(classes: [0, 1, 2], classCount: 3)
          let rates = v.rates(
            at: centers, velocities: generator.normal([3, dimension], dtype: dtype),
            groups: groups)
          for i in 0..<3 {
            #expect(values[i][i].item == 0)
            #expect(slopes[i][i].magnitude.max().item == 0)
          }
          #expect(rates.value.magnitude.max().item == 0)
          #expect(rates.derivative.magnitude.max().item == 0)
          #expect(CellFunction.ratios(values)[0][0].item == 0)
        }
      }
    }
  }

  @Test("V grows along rays from its equilibrium", arguments: kinds, 0..<5 as Range<UInt64>)
  func growth(_ kind: ConvexArchitectureKind, _ seed: UInt64) {
    let lyapunov = kind.lyapunov(seed: seed)
    let given = points(lyapunov, each: 20, seed: seed)
    let directions = given.offsets / given.offsets.norm(along: 1, keeping: true)
    var below = Tensor.zeros([given.labels.count], dtype: .float64)
    for length in geometric(40, from: 1e-3, to: 100) {
      let values = lyapunov.values(
        at: lyapunov.equilibria.selecting(given.groups.classes) + directions * length,
        groups: given.groups)
      #expect((values - below).min().item > 0)
      below = values
    }
  }

  @Test("V is σ(g - g(0)) + δr² on each of the three pieces of σ, in closed form")
  func pieces() {
    // g(x) = softplus(2x + 1), one class on a line around c = 3; δ = 1/4, s = 1/2.
    let networks = ClassConvexNetworks(layers: [
      .init(
        hidden: nil, input: Tensor([2.0, 2], shape: [2, 1, 1]),
        bias: Tensor([1.0, 1], shape: [2, 1]))
    ])
    let lyapunov = LyapunovFunction(
      networks: networks, equilibria: Tensor([3.0, -3], shape: [2, 1]), quadraticWeight: 0.25,
      smoothing: 0.5)
    let offsets = [-4, -0.3, 0, 0.1, 0.2, 0.27, 0.3, 1, 5]
    var seen: Set<Int> = []
    let expected = offsets.map { x in
      let t = log1p(exp(2 * x + 1)) - log1p(exp(1))
      seen.insert(t <= 0 ? 0 : t < 0.5 ? 1 : 2)
      return (t <= 0 ? 0 : t < 0.5 ? t * t : t - 0.25) + x * x / 4
    }
    #expect(seen == [0, 1, 2])
    let groups = ClassGroups(classes: offsets.map { _ in 0 }, classCount: 2)
    let points = Tensor(offsets.map { $0 + 3 }, shape: [offsets.count, 1])
    #expect(
      largestDifference(lyapunov.values(at: points, groups: groups), Tensor(expected)) <= 1e-13)
    // σ' = t / s on the parabola, 1 beyond it.
    let slopes = offsets.map { x -> Double in
      let t = log1p(exp(2 * x + 1)) - log1p(exp(1))
      let step = min(max(t / 0.5, 0), 1)
      return step * 2 / (1 + exp(-(2 * x + 1))) + x / 2
    }
    let rate = lyapunov.rates(at: points, velocities: .ones(like: points), groups: groups)
    #expect(largestDifference(rate.derivative, Tensor(slopes)) <= 1e-13)
    #expect(largestDifference(rate.value, Tensor(expected)) <= 1e-13)
    #expect(largestDifference(rate.squaredDistance, Tensor(offsets.map { $0 * $0 })) <= 1e-13)
  }

  @Test("All ways to evaluate V agree with the plain form", arguments: kinds)
  func consistency(_ kind: ConvexArchitectureKind) {
    let lyapunov = kind.lyapunov(seed: 6)
    expectConsistency(of: lyapunov, points: 9, tolerance: 1e-12) {
      plainValues(lyapunov, classes: $1, at: $0)
    }
  }

  @Test("Slopes are found also where nothing is recorded, and leave the weights alone")
  func unrecordedSlopes() {
    let lyapunov = ConvexArchitectureKind.piacnn.lyapunov(seed: 1)
    let points = RandomGenerator(seed: 1).normal([3, 4], dtype: .float64)
    let slopes = withoutGradients { lyapunov.gradients(at: points) }
    #expect(areIdentical(slopes, lyapunov.gradients(at: points)))
    #expect(!slopes.requiresGradient && slopes.norm.item > 0)
  }
}
