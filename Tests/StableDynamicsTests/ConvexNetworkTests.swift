import DynamicsTestSupport
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// The fused forward and backward passes against the same networks from recorded operations.
@Suite("Convex networks of all classes")
struct ConvexNetworkTests {
  /// An empty class, a single point, one class only, and points in no order.
  static let labels: [[Int]] = [
    [0, 0, 2, 2, 2, 3], [1], [3, 3, 3, 3], [2, 0, 3, 1, 0, 2, 1, 1, 3, 0, 2],
  ]

  private struct Case {
    let points: Tensor
    let tangents: Tensor
    let valueSeed: Tensor
    let tangentSeed: Tensor

    init(count: Int, seed: UInt64) {
      let generator = RandomGenerator(seed: seed, keys: 2)
      points = generator.normal([count, 4], dtype: .float64)
      tangents = generator.normal([count, 4], dtype: .float64)
      valueSeed = generator.normal([count], dtype: .float64)
      tangentSeed = generator.normal([count], dtype: .float64)
    }
  }

  private func network(
    _ kind: ConvexArchitectureKind, _ seed: UInt64
  ) -> (network: any ConvexArchitecture, equilibria: Tensor) {
    let generator = RandomGenerator(seed: seed, keys: 3)
    return (kind.network(seed: seed), generator.normal([4, 4], dtype: .float64))
  }

  @Test(
    "Values and their gradients by points, weights and equilibria are those of the plain network",
    arguments: ConvexArchitectureKind.allCases, labels)
  func oneLane(_ kind: ConvexArchitectureKind, _ labels: [Int]) {
    for seed in 0..<3 as Range<UInt64> {
      let (network, equilibria) = network(kind, seed)
      let given = Case(count: labels.count, seed: seed)
      let (x, c) = (given.points.differentiable(), equilibria.differentiable())
      let inputs = [x, c] + network.parameters
      let groups = ClassGroups(classes: labels, classCount: 4)

      let plain = plainValues(network.networks(for: c), classes: labels, at: x)
      let fused = groups.restored(
        network.networks(for: c).values(at: groups.grouped(x), groups: groups.groups, lanes: 1))
      #expect(relativeError(fused, plain) <= 1e-12)
      let expected = gradient(of: plain, wrt: inputs, seed: given.valueSeed)
      let found = gradient(of: fused, wrt: inputs, seed: given.valueSeed)
      for (index, pair) in zip(found, expected).enumerated() {
        #expect(relativeError(pair.0, pair.1) <= 1e-10, "input \(index)")
      }
    }
  }

  @Test(
    "Derivatives along tangents, and the gradients of both lanes, are those of the plain network",
    arguments: ConvexArchitectureKind.allCases, labels)
  func twoLanes(_ kind: ConvexArchitectureKind, _ labels: [Int]) {
    for seed in 0..<3 as Range<UInt64> {
      let (network, equilibria) = network(kind, seed)
      let given = Case(count: labels.count, seed: seed)
      let x = given.points.differentiable()
      let tangents = given.tangents.differentiable()
      let c = equilibria.differentiable()
      let inputs = [x, tangents, c] + network.parameters
      let groups = ClassGroups(classes: labels, classCount: 4)

      let plain = plainValues(network.networks(for: c), classes: labels, at: x)
      let slope = gradient(of: plain.sum(), wrt: [x], recording: true)[0]
      let product = (slope * tangents).sum(along: 1)
      let lanes = Tensor.stacked([groups.grouped(x), groups.grouped(tangents)], along: 1)
      let fused = groups.restored(
        network.networks(for: c).values(
          at: lanes.reshaped([-1, 4]), groups: groups.groups, lanes: 2
        ).reshaped([-1, 2]))
      #expect(relativeError(fused, Tensor.stacked([plain, product], along: 1)) <= 1e-12)

      let seeds = Tensor.stacked([given.valueSeed, given.tangentSeed], along: 1)
      let total = (plain * given.valueSeed + product * given.tangentSeed).sum()
      let expected = gradient(of: total, wrt: inputs)
      let found = gradient(of: fused, wrt: inputs, seed: seeds)
      for (index, pair) in zip(found, expected).enumerated() {
        #expect(relativeError(pair.0, pair.1) <= 1e-10, "input \(index)")
      }
    }
  }

  @Test(
    "Gradients are the slopes that central differences find",
    arguments: ConvexArchitectureKind.allCases)
  func differences(_ kind: ConvexArchitectureKind) {
    let (network, equilibria) = network(kind, 7)
    let networks = network.networks(for: equilibria).detached
    let groups = ClassGroups(classes: [0, 1, 1, 3], classCount: 4).groups
    let x = Case(count: 4, seed: 7).points.differentiable()
    let found = gradient(of: networks.values(at: x, groups: groups, lanes: 1).sum(), wrt: [x])[0]
    let expected = centralDifferences(at: x.detached) {
      networks.values(at: $0, groups: groups, lanes: 1).sum().item
    }
    #expect(relativeError(found, expected) <= 1e-7)
  }

  @Test(
    "In float32, values, tangents and gradients agree with float64 to 1e-5",
    arguments: ConvexArchitectureKind.allCases)
  func single(_ kind: ConvexArchitectureKind) throws {
    let labels = [0, 0, 1, 1, 1, 2, 3, 3]
    let groups = ClassGroups(classes: labels, classCount: 4).groups
    func run(_ dtype: DType) throws -> [Tensor] {
      let network = kind.network(seed: 4, dtype: dtype)
      // Both hold the same numbers.
      try network.load(kind.network(seed: 4, dtype: .float32).state.tensors)
      let given = Case(count: labels.count, seed: 4)
      let c = RandomGenerator(seed: 5).normal([4, 4]).to(dtype)
      let x = Tensor.stacked([given.points, given.tangents], along: 1).reshaped([-1, 4])
        .to(.float32).to(dtype).differentiable()
      let values = network.networks(for: c).values(at: x, groups: groups, lanes: 2)
      let seeds = Tensor.stacked([given.valueSeed, given.tangentSeed], along: 1).reshaped([-1])
      return [values]
        + gradient(of: values, wrt: [x] + network.parameters, seed: seeds.to(.float32).to(dtype))
    }
    for (index, pair) in zip(try run(.float32), try run(.float64)).enumerated() {
      #expect(relativeError(pair.0, pair.1) <= 1e-5, "result \(index)")
    }
  }

  @Test(
    "The values at the origin are the values of the zero vector",
    arguments: ConvexArchitectureKind.allCases)
  func origin(_ kind: ConvexArchitectureKind) {
    let (network, equilibria) = network(kind, 1)
    let networks = network.networks(for: equilibria)
    let groups = ClassGroups(classes: [0, 1, 2, 3], classCount: 4).groups
    let values = networks.values(at: .zeros([4, 4], dtype: .float64), groups: groups, lanes: 1)
    #expect(largestDifference(networks.origin.values, values) <= 1e-8)
    let expected = gradient(of: values.sum(), wrt: network.parameters, retaining: true)
    let found = gradient(of: networks.origin.values.sum(), wrt: network.parameters)
    for (a, b) in zip(found, expected) { #expect(relativeError(a, b) <= 1e-7) }
  }

  @Test("A class without points has no gradient, the others are untouched by its weights")
  func emptyClass() {
    let network = ConvexArchitectureKind.icnn.network(seed: 2)
    let networks = network.networks(for: .zeros([4, 4], dtype: .float64))
    let groups = ClassGroups(classes: [0, 0, 3], classCount: 4).groups
    let x = Case(count: 3, seed: 2).points
    let values = networks.values(at: x, groups: groups, lanes: 1)
    for slope in gradient(of: values.sum(), wrt: network.parameters) {
      let perClass = slope.reshaped([4, -1]).norm(along: 1).doubles
      #expect(perClass[1] == 0 && perClass[2] == 0)
    }
    let bias = network.state.tensors["b.2"]!
    #expect(gradient(of: bias.sum(), wrt: [bias])[0].norm.item > 0)
  }

  @Test("Points or weights alone can be differentiated, and nothing is recorded for constants")
  func selective() {
    let (network, equilibria) = network(.piacnn, 3)
    let (recorded, constant) = (
      network.networks(for: equilibria), network.networks(for: equilibria).detached
    )
    let groups = ClassGroups(classes: [0, 1], classCount: 4).groups
    let x = Case(count: 2, seed: 3).points
    #expect(!constant.values(at: x, groups: groups, lanes: 1).requiresGradient)

    let leaf = x.differentiable()
    let parameters = network.parameters
    let both = gradient(
      of: recorded.values(at: leaf, groups: groups, lanes: 1).sum(), wrt: [leaf] + parameters,
      retaining: true)
    let values = constant.values(at: leaf, groups: groups, lanes: 1)
    #expect(areIdentical(gradient(of: values.sum(), wrt: [leaf])[0], both[0]))
    let weights = gradient(
      of: recorded.values(at: x, groups: groups, lanes: 1).sum(), wrt: parameters)
    for (a, b) in zip(weights, both.dropFirst()) { #expect(areIdentical(a, b)) }
  }
}
