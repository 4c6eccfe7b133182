import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("NodeREN")
struct NodeRENTests {
  /// Units in one block, in some, and one by one as in the paper.
  private static let layers = [1, 3, 7]
  private let dimension = 4
  private let units = 7

  private func field(
    seed: UInt64, layers: Int = 3, hasMetric: Bool = true, activation: Activation = .tanh,
    rate: Double = 0.4, scale: Double = 1, dtype: DType = .float64
  ) -> EquilibriumField {
    let field = EquilibriumField(
      dimension: dimension, units: units, layers: layers, hasMetric: hasMetric,
      activation: activation, rate: rate, margin: 0.05, generator: RandomGenerator(seed: seed),
      dtype: dtype)
    for parameter in field.parameters { parameter.assign(parameter.detached * scale) }
    return field
  }

  private func states(_ count: Int, seed: UInt64, scale: Double = 1) -> Tensor {
    RandomGenerator(seed: seed, keys: 5).normal([count, dimension], dtype: .float64) * scale
  }

  /// P.
  private func metric(_ field: EquilibriumField) -> Tensor {
    guard let inverse = field.network.metric else {
      return .identity(dimension, dtype: .float64)
    }
    let (values, vectors) = inverse.detached.symmetricEigen
    return (vectors / values).matmul(vectors.transposed)
  }

  /// √(xᵀ P x) of rows.
  private func norm(_ x: Tensor, _ metric: Tensor) -> Tensor {
    (x.matmul(metric) * x).sum(along: x.rank - 1).squareRoot
  }

  @Test(
    "The matrix inequality holds for any parameters, with D below the blocks", arguments: layers,
    0..<6)
  func inequality(_ layers: Int, _ seed: Int) {
    let field = field(
      seed: UInt64(seed), layers: layers, hasMetric: seed % 2 == 0, scale: [1, 3, 10][seed % 3])
    let network = field.network
    let (a, b, c, d) = (
      network.state.detached, network.input.detached, network.output.detached,
      network.feedback.detached
    )
    let p = metric(field)
    let lambda = Tensor.identity(units, dtype: .float64) * network.multipliers.detached
    let corner = -(c.transposed.matmul(lambda) + p.matmul(b))
    let pa = p.matmul(a)
    let weighted = lambda.matmul(d)
    let form = Tensor.concatenated([
      .concatenated([-(pa + pa.transposed) - p * 0.8, corner], along: 1),
      .concatenated([corner.transposed, lambda * 2 - weighted - weighted.transposed], along: 1),
    ])
    let least = symmetricEigenvalues(form.rowsOfDoubles).min()!
    // H ≥ ε I, but for rounding in the inverse of S.
    #expect(least >= 0.05 - 1e-9 * form.magnitude.max().item)
    // Strictly lower triangular, and 0 within each block.
    let rows = d.rowsOfDoubles
    let block = (0..<layers).flatMap { layer in
      (layer * units / layers..<(layer + 1) * units / layers).map { _ in layer }
    }
    for i in 0..<units {
      for j in 0..<units where block[i] <= block[j] {
        #expect(rows[i][j] == 0)
      }
    }
    if layers == units {
      // The paper's: H's own diagonal.
      let x = field.state.tensors["X"]!.detached
      let diagonal = x.squared.sum(along: 0).sliced(dimension..<dimension + units) + 0.05
      #expect(largestDifference(network.multipliers * 2, diagonal) < 1e-12 * diagonal.max().item)
    }
  }

  @Test("The field is its definition, unit by unit", arguments: layers)
  func definition(_ layers: Int) {
    let field = field(seed: 1, layers: layers)
    let network = field.network
    let parts = field.state.tensors
    let (bx, bv) = (parts["bx"]!.doubles, parts["bv"]!.doubles)
    let (a, b) = (network.state.rowsOfDoubles, network.input.rowsOfDoubles)
    let (c, d) = (network.output.rowsOfDoubles, network.feedback.rowsOfDoubles)
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let x = states(3, seed: 2)
    for (x, velocity) in zip(x.rowsOfDoubles, field(x).rowsOfDoubles) {
      var w = [Double](repeating: 0, count: units)
      for i in 0..<units { w[i] = tanh(dot(c[i], x) + dot(d[i], w) + bv[i]) }
      for i in 0..<dimension {
        #expect(abs(velocity[i] - dot(a[i], x) - dot(b[i], w) - bx[i]) < 1e-12)
      }
    }
  }

  /// ln of the largest |x - x'|_P(t) / |x - x'|_P(0) over t, of all pairs and times: -ρ at most.
  private func slowestRate(
    _ field: EquilibriumField, velocity: @escaping (Tensor) -> Tensor, seed: UInt64
  ) throws -> Double {
    let times = (0...4).map { Double($0) * 0.25 }
    let initial = states(32, seed: seed, scale: 1.5)
    let paths = try withoutGradients {
      try solve(velocity, from: initial, at: times, steps: .adaptive(1e-9)).states
    }
    let p = metric(field)
    let gaps = norm(
      paths.sliced(0..<16, along: 1) - paths.sliced(16..<32, along: 1), p
    ).rowsOfDoubles
    return zip(times, gaps).dropFirst().map { time, row in
      zip(row, gaps[0]).map { log($0 / $1) / time }.max()!
    }.max()!
  }

  @Test(
    "Trajectories approach each other at the set rate, whatever the parameters",
    arguments: layers, [Activation.tanh, .relu, .softplus])
  func contraction(_ layers: Int, _ activation: Activation) throws {
    for seed in 0..<3 as Range<UInt64> {
      for rate in [0, 0.7] {
        let field = field(
          seed: seed, layers: layers, hasMetric: seed != 1, activation: activation, rate: rate,
          scale: [1, 2, 4][Int(seed)])
        let slowest = try slowestRate(field, velocity: field.prepared(), seed: seed)
        #expect(slowest <= -rate + 1e-6)
      }
    }
  }

  @Test("With another sign of B, which the proof leaves no room for, the promise is broken")
  func broken() throws {
    for seed in 0..<3 as Range<UInt64> {
      let field = field(seed: seed, layers: 7, rate: 0.7, scale: 2)
      let (a, bias) = (field.network.state.detached, field.state.tensors["bx"]!.detached)
      let slowest = try slowestRate(
        field, velocity: { x in x.linear(weight: a, bias: bias) * 2 - field(x) }, seed: seed)
      #expect(slowest > -0.7)
    }
  }

  @Test("Derivatives by every parameter are those of finite differences", arguments: [3, 7])
  func derivatives(_ layers: Int) {
    let field = field(seed: 3, layers: layers)
    let x = states(3, seed: 3)
    func value() -> Tensor { field(x).squared.sum() }
    let derivatives = gradient(of: value(), wrt: field.parameters)
    for (parameter, derivative) in zip(field.parameters, derivatives) {
      let expected = centralDifferences(moving: parameter, value)
      #expect(
        largestDifference(derivative, expected) < 1e-6 * max(1, expected.magnitude.max().item))
    }
  }

  @Test(
    "The circle condition holds at every pair of states, in both precisions",
    arguments: [DType.float64, .float32])
  func circle(_ dtype: DType) throws {
    for seed in 0..<4 as Range<UInt64> {
      let field = field(
        seed: seed, hasMetric: seed % 2 == 0, scale: [1, 3][Int(seed) / 2], dtype: dtype)
      let p = metric(field)
      let spread = p.symmetricEigen.values.doubles
      // The field of the rounded weights, in exact arithmetic.
      let exact = self.field(seed: seed, hasMetric: seed % 2 == 0)
      for (a, b) in zip(exact.parameters, field.parameters) { a.assign(b.detached.to(.float64)) }
      let a = states(500, seed: seed, scale: 2)
      let b = a + states(500, seed: seed + 10, scale: [1, 1e-3][Int(seed) % 2])
      let (df, dh) = (exact(a) - exact(b), a - b)
      let circles = field.circles
      #expect(circles.count == 10 && circles[0].rate == 0.4 && circles[5].rate == 0)
      for circle in circles {
        #expect(circle.speed > circle.rate)
        #expect(abs(circle.distortion / (spread.last! / spread[0]).squareRoot() - 1) < 1e-5)
        let product = ((df + dh * circle.rate).matmul(p) * (df + dh * circle.speed)).sum(along: 1)
        #expect(
          (product / (dh.matmul(p) * dh).sum(along: 1)).max().item
            <= (dtype == .float32 ? 1e-4 : 1e-9) * circle.speed)
      }
      // Less of the rate, less speed.
      for (slower, faster) in zip(circles.dropFirst(), circles) {
        #expect(slower.speed < faster.speed)
      }
    }
  }

  private func build(
    _ input: ModelInput = digitsInput, _ change: (inout NodeRENMethod.Settings) -> Void = { _ in }
  ) throws -> any TrainableClassifier {
    var settings = NodeRENMethod.defaults(for: input)
    change(&settings)
    return try NodeRENMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 0), dtype: .float64, device: .cpu)
  }

  @Test("A Euclidean metric has no parameter, and all others keep their names")
  func names() throws {
    func names(_ metric: NodeRENMethod.Metric) throws -> [String] {
      try build { $0.metric = metric }.state.entries.map(\.name)
        .filter { $0.hasPrefix("dynamics.") }
    }
    let shared = ["X", "Y", "U", "bx", "bv"].map { "dynamics.\($0)" }
    #expect(try names(.learned) == shared + ["dynamics.R"])
    #expect(try names(.euclidean) == shared)
  }

  @Test("Settings that cannot be served are refused")
  func refusals() {
    func expectRefusal(
      of setting: String, _ change: @escaping (inout NodeRENMethod.Settings) -> Void
    ) {
      let error = #expect(throws: SettingsError.self) { _ = try build(digitsInput, change) }
      #expect(error?.setting == setting)
    }
    expectRefusal(of: "layers") { $0.layers = 65 }
    expectRefusal(of: "layers") { $0.layers = 0 }
    expectRefusal(of: "units") { $0.units = 0 }
    expectRefusal(of: "activation") { $0.activation = .sin }
    expectRefusal(of: "activation") { $0.activation = .halfSwish }
    expectRefusal(of: "rate") { $0.rate = -0.1 }
    expectRefusal(of: "margin") { $0.margin = 0 }
    expectRefusal(of: "features.dimension") { $0.features.dimension = 0 }
    expectRefusal(of: "flow.horizon") { $0.flow.horizon = 0 }
  }
}
