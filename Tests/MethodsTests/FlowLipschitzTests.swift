import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Lipschitz bounds of flows")
struct FlowLipschitzTests {
  private func flow(
    _ solver: Flow.Solver, horizon: Double = 1, intervals: Int = 5, steps: Int = 1
  ) throws -> Flow {
    var settings = Flow.Settings()
    settings.solver = solver
    settings.horizon = horizon
    settings.intervals = intervals
    settings.stepsPerInterval = steps
    return try Flow(settings)
  }

  /// 1 + x + ... + x^p / p!, the stability function of the three methods.
  private func polynomial(_ solver: Flow.Solver, _ x: Double) -> Double {
    let order = [Flow.Solver.euler: 1, .midpoint: 2, .rk4: 4][solver]!
    return (0...order).reversed().reduce(0) { sum, k in
      sum + pow(x, Double(k)) / (1...max(k, 1)).reduce(1) { $0 * Double($1) }
    }
  }

  private static let fixed: [Flow.Solver] = [.euler, .midpoint, .rk4]

  @Test("For a linear field it is the norm of the stability function's power", arguments: fixed)
  func linear(_ solver: Flow.Solver) throws {
    // A symmetric matrix with eigenvalues -3 and 0.5.
    let (c, s) = (cos(0.3), sin(0.3))
    let turn = Tensor([c, -s, s, c], shape: [2, 2])
    for (eigenvalues, largest) in [([-3.0, 0.5], 0.5), ([-3.0, -2], -2)] {
      let matrix = turn.matmul(Tensor.identity(2, dtype: .float64) * Tensor(eigenvalues))
        .matmul(turn.transposed)
      let bound = try flow(solver, horizon: 0.8, intervals: 4, steps: 2)
        .lipschitzBound(JacobianBall(center: matrix, radius: 0))
      let exact = pow(polynomial(solver, 0.1 * largest), 8)
      #expect(bound >= exact && bound <= exact * 1.02)
      if solver == .rk4 { #expect(abs(exact / exp(0.8 * largest) - 1) < 1e-4) }
    }
  }

  @Test("For all fields of slopes up to ρ it is the stability function of hρ", arguments: fixed)
  func ball(_ solver: Flow.Solver) throws {
    let ball = JacobianBall(center: .zeros([3, 3]), radius: 2)
    let bound = try flow(solver).lipschitzBound(ball)
    let exact = pow(polynomial(solver, 0.2 * 2), 5)
    // The norm of an identity, of which each step takes one, is bounded within a per mille.
    #expect(bound >= exact * (1 - 1e-12) && bound <= exact * 1.01)
    #expect(exact < exp(2.0) + 1e-9)
  }

  @Test("Half of a rotation's steps are longer than 1, which a ball of its speed does not say")
  func rotation() throws {
    let turn = Tensor([0.0, -1, 1, 0], shape: [2, 2])
    let known = try flow(.euler).lipschitzBound(JacobianBall(center: turn, radius: 0))
    #expect(abs(known / pow(1.04, 2.5) - 1) < 0.01)
    let unknown = try flow(.euler).lipschitzBound(
      JacobianBall(center: .zeros([2, 2]), radius: 1))
    #expect(abs(unknown / pow(1.2, 5) - 1) < 0.01)
  }

  /// A field of each kind, with weights large enough to be nonlinear.
  private func fields(seed: UInt64) -> [any JacobianBounded] {
    func generator(_ key: UInt64) -> RandomGenerator { RandomGenerator(seed: seed, keys: key) }
    var fields: [any JacobianBounded] = [
      TanhField(dimension: 4, hidden: 6, generator: generator(0), dtype: .float64),
      SineField(dimension: 4, hidden: [5], generator: generator(1), dtype: .float64),
      SineField(
        dimension: 4, hidden: [5, 3], isFinallyActivated: false, generator: generator(2),
        dtype: .float64),
      ContractiveField(
        DenseCoupling(Linear(inputs: 4, outputs: 4, generator: generator(3), dtype: .float64)),
        activation: LeakySoftplus(leastSlope: 0.1)),
      ContractiveField(
        ConvolutionalCoupling(
          Convolution(
            inputs: 2, outputs: 2, size: 3, padding: 1, generator: generator(4), dtype: .float64),
          mapShape: [2, 2, 3]), activation: LeakySoftplus(leastSlope: 0.3)),
      ContractiveHamiltonianField(
        dimension: 4, hidden: 5, kappa: 0.5, damping: HamiltonianDamping(),
        generator: generator(5), dtype: .float64),
    ]
    fields.append(
      AntisymmetricField(
        dimension: 4, damping: 0.1, generator: generator(7), dtype: .float64))
    fields += Activation.allCases.map {
      PerceptronField(
        dimension: 4, hidden: 6, activation: $0, generator: generator(6), dtype: .float64)
    }
    for field in fields where !(field is ContractiveHamiltonianField) {
      for parameter in field.parameters { parameter.assign(parameter.detached * 3) }
    }
    return fields
  }

  /// ∂f_i/∂h_j at each state, [N, d, d].
  private func jacobians(_ field: any Field, at states: Tensor) -> Tensor {
    let columns = (0..<states.shape[1]).map { row in
      let leaf = states.differentiable()
      return gradient(
        of: field(leaf).sliced(row..<row + 1, along: 1).sum(), wrt: [leaf])[0]
    }
    return Tensor.stacked(columns, along: 1)
  }

  @Test("Jacobians are in their ball", arguments: 0..<3 as Range<UInt64>)
  func jacobianBalls(_ seed: UInt64) {
    for field in fields(seed: seed) {
      let ball = field.jacobianBall
      let dimension = ball.center.shape[0]
      let states = RandomGenerator(seed: seed, keys: 9).normal([400, dimension], dtype: .float64)
      let found = jacobians(field, at: states * 2)
      let distances = (found - ball.center).spectralNormBounds
      #expect(distances.max().item <= ball.radius * 1.01, "\(type(of: field))")
      #expect(found.spectralNormBounds.max().item <= ball.normBound * 1.01)
      // And not in a much smaller one.
      #expect(distances.max().item >= ball.radius * 0.2, "\(type(of: field))")
    }
  }

  @Test("No two trajectories part by more than the bound", arguments: fixed)
  func trajectories(_ solver: Flow.Solver) throws {
    for seed in 0..<3 as Range<UInt64> {
      for field in fields(seed: seed) {
        let flow = try flow(solver)
        let dimension = field.jacobianBall.center.shape[0]
        let bound = try flow.lipschitzBound(field.jacobianBall)
        let generator = RandomGenerator(seed: seed, keys: 10)
        let a = generator.normal([300, dimension], dtype: .float64)
        for scale in [1e-4, 1.0] {
          let b = a + generator.normal([300, dimension], dtype: .float64) * scale
          func end(_ states: Tensor) throws -> Tensor {
            try flow.solution(of: .autonomous { field($0) }, from: states).finalState
          }
          let ratio = try ((end(a) - end(b)).norm(along: 1) / (a - b).norm(along: 1)).max().item
          #expect(ratio <= bound, "\(type(of: field))")
        }
      }
    }
  }

  @Test("What neurons are scaled by does not matter")
  func scaling() {
    let generator = RandomGenerator(seed: 2)
    let (w0, w2) = (
      generator.normal([6, 3], dtype: .float64), generator.normal([3, 6], dtype: .float64)
    )
    func radius(_ exponent: Double) -> Double {
      let scale = (generator.normal([6], dtype: .float64) * exponent).exp
      return JacobianBall(
        first: w0 * scale.unsqueezed(1), second: w2 / scale, slopes: 0...1
      ).radius
    }
    let plain = JacobianBall(first: w0, second: w2, slopes: 0...1).radius
    let norms = w0.spectralNormBounds.item * w2.spectralNormBounds.item
    #expect(plain <= norms / 2)
    let scaled = (0..<4).map { _ in radius(4) }
    for value in scaled { #expect(abs(value / scaled[0] - 1) < 1e-6) }
    #expect(scaled[0] < norms)
  }

  @Test("A contracting field's flow contracts in the Euclidean norm too")
  func contraction() throws {
    let coupling = DenseCoupling(
      Linear(inputs: 5, outputs: 5, generator: RandomGenerator(seed: 3), dtype: .float64))
    coupling.assign(multipleOfIdentity: -5)
    let field = ContractiveField(coupling, activation: LeakySoftplus(leastSlope: 0.1))
    let bound = try flow(.euler, intervals: 10).lipschitzBound(field.jacobianBall)
    // A step is 1 - 0.1 · 5 s with s in [0.1, 1]: at most 0.95.
    #expect(abs(bound - pow(0.95, 10)) < 0.02)
  }

  @Test("Steps chosen by their error have no bound")
  func adaptive() throws {
    let error = #expect(throws: SettingsError.self) {
      _ = try flow(.dopri5).lipschitzBound(JacobianBall(center: .zeros([2, 2]), radius: 1))
    }
    #expect(error?.setting == "flow.solver" && error?.found == "dopri5")
    #expect(error?.expected.hasPrefix("euler, midpoint, heun, ssprk3, rk4, rk4-38, ") == true)
  }
}
