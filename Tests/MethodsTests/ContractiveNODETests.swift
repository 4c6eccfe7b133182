import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Contractive Neural ODE")
struct ContractiveNODETests {
  private typealias Settings = ContractiveNODEMethod.Settings

  /// A field with W as drawn, of slopes in [k_1, 1], in float64.
  enum Kind: CaseIterable, CustomTestStringConvertible {
    case dense, convolutional, smallMap

    var testDescription: String { "\(self)" }

    func coupling(seed: UInt64, scale: Double = 1) -> any StateCoupling {
      let generator = RandomGenerator(seed: seed)
      switch self {
      case .dense:
        let linear = Linear(inputs: 7, outputs: 7, generator: generator, dtype: .float64)
        return DenseCoupling(
          Linear(weight: (linear.weight * scale).differentiable(), bias: linear.bias))
      case .convolutional: return Self.maps([3, 4, 5], generator, scale)
      // Smaller than the kernel: no pixel sees all of it.
      case .smallMap: return Self.maps([2, 1, 2], generator, scale)
      }
    }

    private static func maps(
      _ shape: [Int], _ generator: RandomGenerator, _ scale: Double
    ) -> ConvolutionalCoupling {
      let layer = Convolution(
        inputs: shape[0], outputs: shape[0], size: 3, padding: 1, generator: generator,
        dtype: .float64)
      return ConvolutionalCoupling(
        Convolution(
          weight: (layer.weight * scale).differentiable(), bias: layer.bias, padding: 1),
        mapShape: shape)
    }

    var dimension: Int {
      switch self {
      case .dense: 7
      case .convolutional: 60
      case .smallMap: 4
      }
    }

    func field(seed: UInt64, scale: Double = 1, leastSlope: Double = 0.2) -> ContractiveField {
      ContractiveField(
        coupling(seed: seed, scale: scale), activation: LeakySoftplus(leastSlope: leastSlope))
    }

    /// W, written out from the weights number by number.
    func matrix(_ coupling: any StateCoupling) -> [[Double]] {
      let weight = coupling.state.tensors["weight"]!
      guard let maps = coupling as? ConvolutionalCoupling else { return weight.rowsOfDoubles }
      let (c, h, w) = (maps.mapShape[0], maps.mapShape[1], maps.mapShape[2])
      let taps = weight.doubles
      var matrix = [[Double]](repeating: [Double](repeating: 0, count: c * h * w), count: c * h * w)
      for (o, y, x) in (0..<c).product(h, w) {
        for (i, v, u) in (0..<c).product(h, w) where abs(v - y) <= 1 && abs(u - x) <= 1 {
          matrix[(o * h + y) * w + x][(i * h + v) * w + u] =
            taps[((o * c + i) * 3 + v - y + 1) * 3 + u - x + 1]
        }
      }
      return matrix
    }
  }

  private func states(_ count: Int, _ dimension: Int, seed: UInt64, scale: Double = 1) -> Tensor {
    RandomGenerator(seed: seed, keys: 5).normal([count, dimension], dtype: .float64) * scale
  }

  /// W_ii + Σ_{j≠i} |W_ij|.
  private func rows(_ matrix: [[Double]]) -> [Double] {
    matrix.enumerated().map { i, row in
      row.enumerated().reduce(0) { $0 + ($1.offset == i ? $1.element : abs($1.element)) }
    }
  }

  /// Shifts the diagonal of W so that the bound of every row is `value`.
  private func setRowBounds(of coupling: any StateCoupling, to value: Double) {
    let weight = coupling.state.tensors["weight"]!
    let shape = weight.shape
    let padding = shape.count == 4 ? 1 : 0
    let diagonal = Tensor.identity(shape[0], dtype: .float64)
      .reshaped([shape[0], shape[0]] + shape.dropFirst(2).map { _ in 1 })
      .padded([padding, padding, padding, padding])
    let shift = (value - coupling.rowBounds.detached)
      .reshaped([-1] + shape.dropFirst().map { _ in 1 })
    weight.assign(weight.detached + diagonal * shift)
  }

  // MARK: Activation and coupling

  @Test("The activation's slope is its derivative, within its bounds, and nothing overflows")
  func activation() {
    let s = LeakySoftplus(leastSlope: 0.1)
    let x = Tensor([-30, -3, -0.5, 0, 0.1, 2, 19], shape: [7]).differentiable()
    let derivative = gradient(of: s(x).sum(), wrt: [x])[0]
    #expect(largestDifference(derivative, s.slope(x)) < 1e-12)
    for (value, expected) in zip(s(x).doubles, x.doubles.map { 0.1 * $0 + 0.9 * log1p(exp($0)) }) {
      #expect(abs(value - expected) < 1e-7)
    }
    let far = s(Tensor([Float(-1000), 1000]))
    #expect(zip(far.doubles, [-100, 1000]).allSatisfy { abs($0 - $1) < 1e-3 })
    let slopes = s.slope(Tensor([Float(-1000), 0, 1000])).doubles
    #expect(zip(slopes, [0.1, 0.55, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("A coupling acts, both ways, as its explicit matrix", arguments: Kind.allCases)
  func products(_ kind: Kind) {
    let coupling = kind.coupling(seed: 1)
    let matrix = Tensor(kind.matrix(coupling))
    let v = states(5, kind.dimension, seed: 2)
    #expect(largestDifference(coupling.product(v), v.matmul(matrix.transposed)) < 1e-12)
    #expect(largestDifference(coupling.transposedProduct(v), v.matmul(matrix)) < 1e-12)
    let bias = coupling(.zeros(like: v))
    #expect(largestDifference(coupling(v) - bias, coupling.product(v)) < 1e-12)
    #expect(bias.norm.item > 0)
  }

  @Test(
    "The row test of a kernel is that of the explicit matrix, with padding only below it",
    arguments: Kind.allCases, 0..<3)
  func rows(_ kind: Kind, _ seed: Int) {
    let coupling = kind.coupling(seed: UInt64(seed))
    let expected = rows(kind.matrix(coupling))
    let rows = coupling.rows.doubles
    #expect(zip(rows, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let bounds = coupling.rowBounds.doubles
    let group = kind.dimension / bounds.count
    for (channel, bound) in bounds.enumerated() {
      let largest = expected[channel * group..<(channel + 1) * group].max()!
      #expect(largest <= bound + 1e-12)
      // Where a pixel sees the whole kernel, it is the row's value itself.
      #expect(kind == .smallMap || abs(largest - bound) < 1e-12)
    }
  }

  @Test("The bound of the symmetric part holds for any slopes", arguments: Kind.allCases)
  func normBound(_ kind: Kind) {
    for seed in 0..<5 as Range<UInt64> {
      let coupling = kind.coupling(seed: seed)
      let slopes = RandomGenerator(seed: seed).uniform([kind.dimension], dtype: .float64).doubles
      let jacobian = zip(slopes, kind.matrix(coupling)).map { s, row in row.map { s * $0 } }
      let eigenvalues = symmetricEigenvalues(symmetricPart(jacobian))
      let bound = coupling.symmetricNormBound.item
      #expect(eigenvalues.allSatisfy { abs($0) <= bound })
    }
  }

  @Test("A multiple of the identity is one", arguments: Kind.allCases)
  func identity(_ kind: Kind) {
    let coupling = kind.coupling(seed: 3)
    coupling.assign(multipleOfIdentity: -4)
    let v = states(3, kind.dimension, seed: 1)
    #expect(areIdentical(coupling.product(v), v * -4))
    #expect(largestDifference(coupling.rowBounds, -4) == 0)
    #expect(largestDifference(coupling.rows, -4) == 0)
  }

  @Test("W = -(ρ/k_1) I meets the row test with equality, and its rate is attained")
  func equality() throws {
    let (rate, slope) = (0.75, 0.25)
    let field = ContractiveField(
      DenseCoupling(
        Linear(
          weight: Tensor.identity(4, dtype: .float64) * (-rate / slope),
          bias: .zeros([4], dtype: .float64))),
      activation: LeakySoftplus(leastSlope: slope))
    #expect(field.coupling.rowBounds.doubles == [Double](repeating: -rate / slope, count: 4))
    #expect(field.logNormBound == -rate)
    #expect(field.flowLipschitzBound(horizon: 2) == exp(-2 * rate))
    var penalty = Contraction(regularizer: .weight, rate: rate, weight: 1)
    func value() -> Double {
      penalty(field, trajectories: .zeros([1, 4]), step: .init(seed: 0, epoch: 0, index: 0)).item
    }
    #expect(value() == 0)
    penalty.rate = rate + 0.1
    #expect(abs(value() - 0.1 / slope) < 1e-12)
    // Far out, where the activation's slope is k_1, nothing is faster.
    let initial = Tensor([40.0, 40, 40, 40, 41, 40, 40.5, 40], shape: [2, 4])
    let end = try flow(field, initial, times: [0, 1]).finalState
    #expect(abs((end[0] - end[1]).magnitude.max().item - exp(-rate)) < 1e-3)
  }

  // MARK: The Jacobian

  @Test("Both logarithmic norms are those of the explicit Jacobian", arguments: Kind.allCases)
  func logNorms(_ kind: Kind) {
    for seed in 0..<3 as Range<UInt64> {
      let field = kind.field(seed: seed, scale: 3)
      let h = states(3, kind.dimension, seed: seed, scale: 2)
      let rows = field.logNormRows(at: h)
      let exact = symmetric(field, h, iterations: kind.dimension)
      let rough = symmetric(field, h, iterations: 4)
      for index in 0..<3 {
        let jacobian = jacobian(of: { field($0) }, at: h[index])
        let expected = self.rows(jacobian)
        #expect(zip(rows[index].doubles, expected).allSatisfy { abs($0 - $1) < 1e-8 })
        let largest = symmetricEigenvalues(symmetricPart(jacobian)).max()!
        #expect(abs(exact[index].item - largest) < 1e-8)
        #expect(rough[index].item <= largest + 1e-8)
      }
    }
  }

  private func symmetric(_ field: ContractiveField, _ h: Tensor, iterations: Int) -> Tensor {
    field.symmetricLogNorm(at: h, iterations: iterations, generator: RandomGenerator(seed: 4))
  }

  @Test("A few iterations come close, and in float32 too")
  func convergence() {
    for seed in 0..<5 as Range<UInt64> {
      let field = Kind.convolutional.field(seed: seed, scale: 3)
      let h = states(4, 60, seed: seed)
      let exact = symmetric(field, h, iterations: 60).doubles
      for (iterations, error) in [(10, 0.25), (20, 0.02), (30, 1e-5)] {
        let rough = symmetric(field, h, iterations: iterations).doubles
        #expect(zip(rough, exact).allSatisfy { abs($1 - $0) < error * abs($1) })
      }
    }
    // A multiple of the identity exhausts the space at once.
    let field = ContractiveField(
      DenseCoupling(Linear(weight: Tensor.identity(5) * -2, bias: .zeros([5]))),
      activation: LeakySoftplus(leastSlope: 1))
    let values = symmetric(field, states(3, 5, seed: 0).to(.float32), iterations: 5)
    #expect(largestDifference(values, -2) < 1e-5)
  }

  @Test("The eigenvalue's derivative is that of finite differences", arguments: Kind.allCases)
  func eigenvalueDerivative(_ kind: Kind) {
    let field = kind.field(seed: 6, scale: 2)
    let h = states(2, kind.dimension, seed: 6)
    let weight = field.coupling.state.tensors["weight"]!
    func value() -> Tensor { symmetric(field, h, iterations: kind.dimension).sum() }
    let derivative = gradient(of: value(), wrt: [weight])[0]
    let expected = centralDifferences(moving: weight, value)
    #expect(largestDifference(derivative, expected) < 1e-6 * max(1, expected.magnitude.max().item))
  }

  // MARK: Guarantees

  private func flow(
    _ field: ContractiveField, _ initial: Tensor, times: [Double]
  ) throws -> Solution {
    try withoutGradients {
      try solve({ field($0) }, from: initial, at: times, steps: .adaptive(1e-10))
    }
  }

  /// The largest element of the difference of both halves of the states, at each time.
  private func largestGaps(_ solution: Solution) -> [[Double]] {
    let half = solution.states.shape[1] / 2
    let gaps =
      solution.states.sliced(0..<half, along: 1)
      - solution.states.sliced(half..<2 * half, along: 1)
    return gaps.magnitude.max(along: 2).rowsOfDoubles
  }

  @Test(
    "Weights that satisfy the inequality take trajectories together at the promised rate",
    arguments: Kind.allCases, 0..<6)
  func contraction(_ kind: Kind, _ seed: Int) throws {
    let rate = [0.3, 1, 2.5][seed % 3]
    let field = kind.field(seed: UInt64(seed), scale: 2)
    setRowBounds(of: field.coupling, to: -rate / field.activation.leastSlope)
    #expect(abs(field.logNormBound + rate) < 1e-12)
    let initial = states(12, kind.dimension, seed: UInt64(seed), scale: [0.3, 3][seed % 2])
    let times = (0...8).map { Double($0) * 0.25 }
    let gaps = largestGaps(try flow(field, initial, times: times))
    for (time, row) in zip(times, gaps) {
      for (gap, first) in zip(row, gaps[0]) {
        #expect(gap <= exp(-rate * time) * first * (1 + 1e-6) + 1e-9)
      }
    }
  }

  @Test("The certificate bounds the flow of any weights", arguments: Kind.allCases, 0..<4)
  func certificate(_ kind: Kind, _ seed: Int) throws {
    let field = kind.field(seed: UInt64(seed), scale: 2)
    #expect(field.logNormBound > 0)
    let initial = states(12, kind.dimension, seed: UInt64(seed))
    let gaps = largestGaps(try flow(field, initial, times: [0, 0.5]))
    let bound = field.flowLipschitzBound(horizon: 0.5)
    #expect(zip(gaps[1], gaps[0]).allSatisfy { $0 <= bound * $1 })
  }

  @Test(
    "Nearby trajectories separate no faster than the symmetric measure allows, in L2",
    arguments: Kind.allCases, [-6.0, 1.0])
  func euclideanRate(_ kind: Kind, _ row: Double) throws {
    let field = kind.field(seed: 9, scale: 2)
    setRowBounds(of: field.coupling, to: row)
    let center = states(6, kind.dimension, seed: 9)
    let gap = states(6, kind.dimension, seed: 10) * 1e-5
    let steps = 200
    let times = (0...steps).map { Double($0) / Double(steps) }
    let states = try flow(field, .concatenated([center, center + gap]), times: times).states
    let paths = states.sliced(0..<6, along: 1)
    let rates = symmetric(
      field, paths.reshaped([-1, kind.dimension]), iterations: kind.dimension
    ).reshaped([-1, 6]).rowsOfDoubles
    let distances = (states.sliced(6..<12, along: 1) - paths).norm(along: 2).rowsOfDoubles
    for sample in 0..<6 {
      var exponent = 0.0
      for k in 1...steps {
        exponent += (rates[k][sample] + rates[k - 1][sample]) / 2 / Double(steps)
        #expect(distances[k][sample] <= exp(exponent) * distances[0][sample] * (1 + 1e-3))
      }
      if row < 0 { #expect(exponent < 0) }
    }
  }

  // MARK: The penalty

  @Test("One bad row among good ones is fined, in every form")
  func everyRow() {
    let (rate, slope) = (1.0, 0.5)
    var diagonal = [Double](repeating: -50, count: 10)
    diagonal[3] = -1.25
    let weight = Tensor.identity(10, dtype: .float64) * Tensor(diagonal, shape: [10, 1])
    let field = ContractiveField(
      DenseCoupling(Linear(weight: weight, bias: .zeros([10], dtype: .float64))),
      activation: LeakySoftplus(leastSlope: slope))
    var penalty = Contraction(regularizer: .weight, rate: rate, weight: 1)
    let trajectories = Tensor.zeros([2, 3, 10], dtype: .float64)
    func value() -> Double {
      penalty(field, trajectories: trajectories, step: .init(seed: 0, epoch: 0, index: 0)).item
    }
    // Rows ask for -2; row 3 exceeds it by 0.75.
    #expect(abs(value() - 0.075) < 1e-12)
    penalty.rows = .max
    #expect(abs(value() - 0.75) < 1e-12)
    penalty.excess = .softplus
    #expect(abs(value() - log1p(exp(0.75))) < 1e-12)
    // At 0 the slopes are (1 + k_1) / 2 = 0.75: row 3 of the Jacobian is -0.9375.
    penalty.regularizer = .jacobian
    penalty.excess = .relu
    #expect(abs(value() - 0.0625) < 1e-12)
    penalty.rows = .mean
    #expect(abs(value() - 0.00625) < 1e-12)
    penalty.measure = .symmetric
    #expect(abs(value() - 0.0625) < 1e-9)
  }

  @Test("The states of the Jacobian's penalty are drawn from the trajectories by the step")
  func sampling() {
    let field = Kind.dense.field(seed: 2, scale: 3)
    var penalty = Contraction(regularizer: .jacobian, rate: 1, weight: 1)
    let trajectories = states(40, 7, seed: 1).reshaped([4, 10, 7])
    func value(_ index: Int) -> Double {
      penalty(field, trajectories: trajectories, step: .init(seed: 0, epoch: 0, index: index)).item
    }
    let whole = (field.logNormRows(at: trajectories.reshaped([40, 7])) + 1).relu.mean().item
    #expect(abs(value(0) - whole) < 1e-12)
    penalty.states = 5
    #expect(value(0) == value(0) && value(0) != value(1))
  }

  // MARK: By construction

  @Test(
    "With a limit for its rows a field contracts at the rate, whatever its weights",
    arguments: Kind.allCases, 0..<3)
  func constrainedRows(_ kind: Kind, _ seed: Int) throws {
    let rate = [0.3, 1, 2.5][seed]
    let free = kind.coupling(seed: UInt64(seed), scale: 2)
    let activation = LeakySoftplus(leastSlope: 0.2)
    let limit = -rate / 0.2
    let field = ContractiveField(free, activation: activation, rowLimit: limit)
    #expect(field.coupling.rowBounds.max().item <= limit + 1e-12)
    #expect(field.logNormBound <= -rate + 1e-12)
    // The same weights without the limit do not, by far.
    #expect(ContractiveField(free, activation: activation).logNormBound > 0)
    // Only the diagonal changes.
    let (free64, lowered) = (kind.matrix(free), kind.matrix(field.coupling))
    for (i, row) in lowered.enumerated() {
      for (j, value) in row.enumerated() where i != j { #expect(value == free64[i][j]) }
    }
    let initial = states(12, kind.dimension, seed: UInt64(seed))
    let gaps = largestGaps(try flow(field, initial, times: [0, 0.5, 1]))
    for (time, row) in zip([0, 0.5, 1], gaps) {
      #expect(zip(row, gaps[0]).allSatisfy { $0 <= exp(-rate * time) * $1 * (1 + 1e-6) + 1e-9 })
    }
  }

  @Test("Weights within the limit are left as they are, bit for bit", arguments: Kind.allCases)
  func constrainedWithin(_ kind: Kind) {
    let free = kind.coupling(seed: 1)
    setRowBounds(of: free, to: -3)
    let lowered = ContractiveField(
      free, activation: LeakySoftplus(leastSlope: 0.5), rowLimit: -2.9
    ).coupling
    #expect(
      areIdentical(lowered.state.tensors["weight"]!, free.state.tensors["weight"]!.detached))
  }

  @Test("The limit's derivative reaches every weight", arguments: Kind.allCases)
  func constrainedDerivative(_ kind: Kind) {
    let field = ContractiveField(
      kind.coupling(seed: 2), activation: LeakySoftplus(leastSlope: 0.2), rowLimit: -1)
    expectDerivatives(of: field, dimension: kind.dimension)
  }

  /// The derivatives of Σ f_i(h)² by all parameters and h are those of central differences.
  private func expectDerivatives(of field: any Field, dimension: Int) {
    let h = states(3, dimension, seed: 4).differentiable()
    func value() -> Tensor { field(h).squared.sum() }
    let tensors = field.parameters + [h]
    let derivatives = gradient(of: value(), wrt: tensors)
    for (tensor, derivative) in zip(tensors, derivatives) {
      let expected = centralDifferences(moving: tensor, value)
      #expect(
        largestDifference(derivative, expected) < 1e-5 * max(1, expected.magnitude.max().item))
    }
  }

  private func gradientField(
    _ kind: Kind, seed: UInt64, rate: Double = 0.3, speed: Double = 4
  ) -> GradientField {
    let field = GradientField(
      kind.coupling(seed: seed, scale: [0.5, 3, 10][Int(seed) % 3]),
      activation: LeakySoftplus(leastSlope: 0.1), rate: rate, speed: speed)
    let scales = field.state.tensors["logScales"]!
    scales.assign(RandomGenerator(seed: seed).normal(scales.shape, dtype: .float64))
    return field
  }

  @Test(
    "T - W Wᵀ has no negative eigenvalue, with any scales, and T is not much larger than it has to be",
    arguments: Kind.allCases, 0..<3)
  func gramBounds(_ kind: Kind, _ seed: Int) {
    let field = gradientField(kind, seed: UInt64(seed))
    let matrix = Tensor(kind.matrix(field.coupling))
    let gram = matrix.matmul(matrix.transposed)
    let t = field.gramBounds.detached
    let difference = Tensor.identity(kind.dimension, dtype: .float64) * t - gram
    let least = symmetricEigenvalues(difference.rowsOfDoubles).min()!
    #expect(least >= -1e-12 * t.max().item)
    // Dense, and of one pixel's kernel, it is the row sum itself.
    guard kind == .dense else { return }
    let scales = field.state.tensors["logScales"]!.detached.exp
    let expected = (gram.magnitude * scales).sum(along: 1) / scales
    #expect(largestDifference(t / expected, 1) < 1e-12)
  }

  @Test(
    "Its Jacobian is symmetric with all eigenvalues in [-ρ - κ, -ρ]", arguments: Kind.allCases,
    0..<3)
  func gradientJacobian(_ kind: Kind, _ seed: Int) {
    let field = gradientField(kind, seed: UInt64(seed))
    for state in states(3, kind.dimension, seed: UInt64(seed), scale: 3).rowsOfDoubles {
      let jacobian = jacobian(of: { field($0) }, at: Tensor(state))
      for (i, row) in jacobian.enumerated() {
        for (j, value) in row.enumerated() { #expect(abs(value - jacobian[j][i]) < 1e-12) }
      }
      let eigenvalues = symmetricEigenvalues(jacobian)
      #expect(eigenvalues.max()! <= -0.3 + 1e-9 && eigenvalues.min()! >= -4.3 - 1e-9)
    }
  }

  @Test("Its derivatives are those of finite differences", arguments: [Kind.dense, .smallMap])
  func gradientDerivative(_ kind: Kind) {
    expectDerivatives(of: gradientField(kind, seed: 0), dimension: kind.dimension)
  }

  @Test(
    "Fixed steps of it shrink every distance as promised, and steps too long do not",
    arguments: Kind.allCases, [Flow.Solver.euler, Flow.Solver(.heun), .rk4])
  func gradientSteps(_ kind: Kind, _ solver: Flow.Solver) throws {
    for seed in 0..<3 as Range<UInt64> {
      for rate in [0, 0.3] {
        let field = gradientField(kind, seed: seed, rate: rate)
        // h = 0.4: h (2ρ + κ) ≤ 2.
        let generator = RandomGenerator(seed: seed, keys: 6)
        let a = generator.normal([200, kind.dimension], dtype: .float64) * 3
        let b =
          a + generator.normal([200, kind.dimension], dtype: .float64) * [1e-4, 1][Int(seed) % 2]
        var settings = Flow.Settings()
        (settings.solver, settings.horizon, settings.intervals) = (solver, 2, 5)
        let flow = try Flow(settings)
        func end(_ states: Tensor) throws -> Tensor {
          try withoutGradients {
            try flow.solution(of: .autonomous(field.prepared()), from: states).finalState
          }
        }
        let bound = try flow.lipschitzBound(field.circles[0])
        let ratio = try ((end(a) - end(b)).norm(along: 1) / (a - b).norm(along: 1)).max().item
        #expect(ratio <= bound * (1 + 1e-9))
        #expect(rate > 0 ? bound < 0.6 : abs(bound - 1) < 1e-4)
      }
    }
  }

  @Test("The bound of the speed is needed: a field faster than it says is not nonexpansive")
  func tooFast() {
    // W = 1, T = 1: f(h) = -κ s(h), slope κ far out. A step of 2.5 / κ turns and grows distances.
    let layer = Linear(
      weight: Tensor([1.0], shape: [1, 1]), bias: .zeros([1], dtype: .float64))
    let field = GradientField(
      DenseCoupling(layer), activation: LeakySoftplus(leastSlope: 0.1), rate: 0, speed: 4)
    let ends = Tensor([30.0, 31], shape: [2, 1])
    func gap(_ step: Double) -> Double {
      let next = ends + field(ends) * step
      return abs((next[0] - next[1]).item)
    }
    #expect(gap(0.5) <= 1 + 1e-9 && abs(gap(0.5) - 1) < 1e-6)
    #expect(abs(gap(0.625) - 1.5) < 1e-6)
  }

  @Test("Constrained models need no penalty, and each norm has its field")
  func constrainedModels() throws {
    let rows = try build { $0.contraction.regularizer = .constrained }
    #expect(field(rows).rowLimit == -5)
    #expect(abs(rows.flowLipschitzBound - exp(-0.5)) < 1e-12)
    let euclidean = try build {
      $0.contraction.regularizer = .constrained
      $0.contraction.measure = .symmetric
      $0.contraction.rate = 0
    }
    #expect(euclidean.field is GradientField && euclidean.flowLipschitzBound == 1)
    #expect(
      euclidean.state.entries.map(\.name).filter { $0.hasPrefix("dynamics.") }
        == ["dynamics.weight", "dynamics.bias", "dynamics.logScales"])
    let (images, labels) = batch(digitsInput)
    for model in [rows, euclidean] {
      let optimizer = Adam(model.state, learningRate: 1e-2)
      var losses: [Double] = []
      for index in 0..<4 {
        let objective = try model.objective(
          images: images.to(.float64), labels: labels,
          step: TrainingStep(seed: 0, epoch: 0, index: index))
        #expect(objective.terms.map(\.name) == ["cross-entropy"])
        let slopes = gradient(of: objective.total, wrt: model.parameters)
        #expect(slopes.allSatisfy { $0.norm.item > 0 })
        optimizer.step(gradients: slopes)
        losses.append(objective.total.item)
      }
      #expect(losses[3] < losses[0])
    }
    // After training too.
    #expect(field(rows).logNormBound <= -0.5 + 1e-9)
  }

  // MARK: The model

  private func build(
    _ input: ModelInput = digitsInput, seed: UInt64 = 0, dtype: DType = .float64,
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> ContractiveNODE {
    var settings = ContractiveNODEMethod.defaults(for: input)
    change(&settings)
    return try ContractiveNODEMethod.build(
      settings, input: input, generator: RandomGenerator(seed: seed), dtype: dtype, device: .cpu)
      as! ContractiveNODE
  }

  private func field(_ model: ContractiveNODE) -> ContractiveField {
    model.field as! ContractiveField
  }

  private static let penalties: [(Contraction.Regularizer, Contraction.Measure)] = [
    (.none, .logNorm), (.weight, .logNorm), (.jacobian, .logNorm), (.jacobian, .symmetric),
  ]

  @Test(
    "The objective is cross entropy and the penalty, whose derivative reaches the kernel",
    arguments: penalties.indices)
  func objective(_ index: Int) throws {
    let (regularizer, measure) = Self.penalties[index]
    let model = try build {
      $0.contraction.regularizer = regularizer
      $0.contraction.measure = measure
      $0.contraction.weight = 0.3
      $0.contraction.excess = .softplus
    }
    let (images, labels) = batch(digitsInput)
    let objective = try model.objective(
      images: images.to(.float64), labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0))
    let terms = Dictionary(uniqueKeysWithValues: objective.terms.map { ($0.name, $0.value) })
    let entropy = try #require(terms["cross-entropy"])
    #expect(areIdentical(entropy, objective.classification!))
    let weight = model.state.tensors["dynamics.weight"]!
    guard let penalty = terms["contraction"] else {
      #expect(regularizer == .none && areIdentical(entropy, objective.total))
      return
    }
    #expect(penalty.item > 0)
    #expect(abs(objective.total.item - entropy.item - 0.3 * penalty.item) < 1e-12)
    #expect(gradient(of: penalty, wrt: [weight])[0].norm.item > 0)
  }

  @Test("A regularised model starts within its inequality, its twin does not")
  func start() throws {
    let weight = try build { $0.contraction.rate = 0.7 }
    #expect(abs(field(weight).logNormBound + 0.7) < 1e-12)
    #expect(abs(weight.flowLipschitzBound - exp(-0.7)) < 1e-12)
    let jacobian = try build { $0.contraction.regularizer = .jacobian }
    #expect(abs(field(jacobian).logNormBound + 0.5) < 1e-12)
    #expect(field(try build { $0.contraction.regularizer = .none }).logNormBound > 0)
  }

  @Test("A few steps of training keep what the certificate promises")
  func training() throws {
    let model = try build { $0.contraction.rate = 0.5 }
    let optimizer = Adam(model.state, learningRate: 1e-2)
    let (images, labels) = batch(digitsInput)
    for index in 0..<5 {
      let objective = try model.objective(
        images: images.to(.float64), labels: labels,
        step: TrainingStep(seed: 0, epoch: 0, index: index))
      optimizer.step(gradients: gradient(of: objective.total, wrt: model.parameters))
    }
    let initial = try withoutGradients { try model.outputs(images.to(.float64))["features"]! }
    let gaps = largestGaps(try flow(field(model), initial, times: [0, 1]))
    #expect(model.flowLipschitzBound < 1)
    #expect(zip(gaps[1], gaps[0]).allSatisfy { $0 <= model.flowLipschitzBound * $1 })
  }

  @Test("The head sees all of the maps, or their means")
  func pooling() throws {
    let model = try build { $0.pooling = .mean }
    let head = model.state.tensors["head.weight"]!
    #expect(head.shape == [10, 16])
    let outputs = try model.outputs(batch(digitsInput).0.to(.float64))
    let means = outputs["state"]!.reshaped([12, 16, 16]).mean(along: 2)
    #expect(largestDifference(outputs["logits"]!, means.linear(weight: head)) < 1e-12)
    #expect(try build().state.tensors["head.weight"]!.shape == [10, 256])
  }

  @Test("Defaults serve every kind of input")
  func inputs() throws {
    for (shape, maps) in [
      ([1, 8, 8], [16, 4, 4]), ([1, 28, 28], [32, 7, 7]), ([3, 32, 32], [32, 8, 8]),
    ] {
      let input = ModelInput(shape: shape, classCount: 10)
      let model = try build(input)
      #expect((model.field.coupling as? ConvolutionalCoupling)?.mapShape == maps)
      #expect(model.settings.features.dimension == maps.reduce(1, *))
      #expect(try model.logits(batch(input, count: 2).0.to(.float64)).shape == [2, 10])
    }
    #expect(try build(pointsInput).field.coupling is DenseCoupling)
    let dense = try build {
      $0.field = .dense
      $0.features.dimension = 64
    }
    #expect(dense.state.tensors["dynamics.weight"]!.shape == [64, 64])
  }

  @Test("Settings that cannot be served are refused")
  func refusals() {
    func expectRefusal(
      of setting: String, _ input: ModelInput = digitsInput,
      _ change: @escaping (inout Settings) -> Void
    ) {
      let error = #expect(throws: SettingsError.self) { _ = try build(input, change) }
      #expect(error?.setting == setting)
    }
    expectRefusal(of: "field", pointsInput) { $0.field = .convolutional }
    expectRefusal(of: "pooling", pointsInput) { $0.pooling = .mean }
    expectRefusal(of: "kernelSize") { $0.kernelSize = 2 }
    expectRefusal(of: "features.dimension") { $0.features.dimension = 100 }
    expectRefusal(of: "features.extractor") { $0.features.extractor = .small }
    expectRefusal(of: "leastSlope") { $0.leastSlope = 0 }
    expectRefusal(of: "contraction.rate") { $0.contraction.rate = 0 }
    expectRefusal(of: "contraction.rate") {
      $0.contraction.regularizer = .constrained
      $0.contraction.rate = 0
    }
    expectRefusal(of: "contraction.rate") { $0.contraction.rate = -0.1 }
    expectRefusal(of: "contraction.speed") { $0.contraction.speed = 0 }
    expectRefusal(of: "contraction.weight") { $0.contraction.weight = -1 }
    expectRefusal(of: "contraction.states") { $0.contraction.states = 0 }
    expectRefusal(of: "contraction.iterations") { $0.contraction.iterations = 0 }
    expectRefusal(of: "flow.horizon") { $0.flow.horizon = 0 }
  }
}

extension Range<Int> {
  fileprivate func product(_ second: Int, _ third: Int) -> [(Int, Int, Int)] {
    flatMap { a in (0..<second).flatMap { b in (0..<third).map { (a, b, $0) } } }
  }
}
