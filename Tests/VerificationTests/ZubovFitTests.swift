import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("Learned Zubov functions") struct ZubovFitTests {
  /// x' = -x (1 - |x|²), whose region of attraction is the unit disc.
  static func disc() -> DynamicalSystem {
    DynamicalSystem(
      equilibrium: [0, 0], box: [-1.5...1.5, -1.5...1.5]
    ) { x in
      let rest = 1 - x[0].squared - x[1].squared
      return .concatenated([-x[0] * rest, -x[1] * rest])
    }
  }

  @Test("least squares are found at the bottom of Rosenbrock's valley")
  func leastSquares() {
    var optimizer = LevenbergMarquardt()
    let found = optimizer.minimize(from: Tensor([-1.2, 1.0]), steps: 60) {
      point, isDifferentiated in
      let (x, y) = (point.doubles[0], point.doubles[1])
      let rest = Tensor([10 * (y - x * x), 1 - x])
      return (rest, isDifferentiated ? Tensor([-20 * x, 10, -1, 0], shape: [2, 2]) : nil)
    }
    #expect((found - Tensor([1.0, 1])).magnitude.max().item < 1e-8, "\(found.doubles)")
  }

  @Test("the parameters' derivatives are those of finite differences")
  func derivatives() {
    let generator = RandomGenerator(seed: 1)
    var network = TanhNetwork(inputs: 2, hidden: [3, 4], generator: generator)
    let units = generator.normal([5, 2], dtype: .float64)
    let direction = generator.normal([5, 2], dtype: .float64)
    let start = network.parameters
    let passage = network.passage(at: units, along: direction)
    let exact = [(1.0, 0.0), (0.0, 1.0), (0.5, -2)].map {
      passage.derivatives(value: $0.0, rate: $0.1)
    }
    let width = 1e-6
    for parameter in 0..<network.parameterCount {
      func shifted(_ by: Double) -> TanhNetwork.Passage {
        network.parameters =
          start
          + Tensor(
            (0..<start.count).map { $0 == parameter ? by : 0 }, shape: [start.count])
        return network.passage(at: units, along: direction)
      }
      let (up, down) = (shifted(width), shifted(-width))
      let values = (up.values - down.values) * (0.5 / width)
      let rates = (up.rates - down.rates) * (0.5 / width)
      for (weights, exact) in zip([(1.0, 0.0), (0.0, 1.0), (0.5, -2)], exact) {
        let expected = values * weights.0 + rates * weights.1
        #expect((exact.column(parameter) - expected).magnitude.max().item < 1e-8)
      }
    }
  }

  @Test("the rate along a direction is that of finite differences, and the term is the network")
  func rates() throws {
    let generator = RandomGenerator(seed: 2)
    let network = TanhNetwork(inputs: 2, hidden: [3, 4], generator: generator)
    let units = generator.normal([5, 2], dtype: .float64)
    let direction = generator.normal([5, 2], dtype: .float64)
    let passage = network.passage(at: units, along: direction)
    func values(_ units: Tensor) -> Tensor { network.passage(at: units, along: direction).values }
    let difference = (values(units + direction * 1e-6) - values(units - direction * 1e-6)) * 5e5
    #expect((passage.rates - difference).magnitude.max().item < 1e-8)
    let program = Program(dimension: 2, outputs: [network.value(at: .state(2))])
    #expect((program.values(at: units)[0].column(0) - passage.values).magnitude.max().item < 1e-14)
  }

  @Test("costs of trajectories are those of the unit disc, and nothing comes home from outside")
  func costsAreExact() throws {
    // With slowing only next to the faces, V = ∫|u|² dt along u' = -u (1 - r²), r = 1.5 |u|.
    let slowed = SlowedSystem(Self.disc(), exponent: 64)
    let radii = [0.1, 0.3, 0.5, 0.9, 0.99, 1.01, 1.3]
    let units = Tensor(radii.flatMap { [$0 / 1.5, 0] }, shape: [radii.count, 2])
    let arrivals = try slowed.arrivals(from: units, tolerance: 1e-9)
    // dV/dr = -(r / 1.5)² / (-r (1 - r²)), so V = -log(1 - r²) / (2 · 1.5²).
    let expected = radii.map { $0 < 1 ? -log(1 - $0 * $0) / 4.5 : .infinity }
    for (cost, expected) in zip(arrivals.costs.doubles, expected) {
      if expected.isFinite {
        #expect(abs(cost - expected) < 1e-6 * max(1, expected), "\(cost) \(expected)")
      } else {
        #expect(cost == .infinity)
      }
    }
    #expect(arrivals.undecided == 2)
  }

  @Test("what is stopped ends at the next evaluation of the system")
  func cancellation() throws {
    let slowed = SlowedSystem(Self.disc(), exponent: 64)
    var questions = 0
    let arrivals = try slowed.arrivals(from: Tensor([0.3, 0, 0, 0.5], shape: [2, 2])) {
      questions += 1
      return questions > 3
    }
    #expect(questions == 4 && arrivals.undecided == 2)
    #expect(arrivals.costs.doubles == [.infinity, .infinity])
  }

  @Test("a fit to the unit disc is its exact Zubov function, x² + y², to a thousandth")
  func discIsLearned() throws {
    var settings = ZubovFit.Settings()
    settings.hidden = [10, 10]
    settings.samples = 600
    settings.saturation = 1
    settings.steps = 40
    let fit = try ZubovFit(SlowedSystem(Self.disc(), exponent: 64), settings: settings)
    #expect(abs(fit.saturation - 4.5) < 1, "\(fit.saturation)")
    fit.fit()
    let radii = [0.0, 0.2, 0.5, 0.8, 0.95]
    let units = Tensor(
      radii.flatMap { radius in
        (0..<8).flatMap { [cos(Double($0)) * radius / 1.5, sin(Double($0)) * radius / 1.5] }
      }, shape: [radii.count * 8, 2])
    let exponent = fit.saturation / 4.5
    let exact = radii.flatMap { radius in
      [Double](repeating: 1 - pow(1 - radius * radius, exponent), count: 8)
    }
    let errors = zip(fit.values(at: units).doubles, exact).map { abs($0 - $1) }
    #expect(errors.max()! < 5e-3, "\(errors.max()!)")
    var ellipsoid = try Ellipsoid(linearization: Self.disc().linearization, center: [0, 0])
    ellipsoid.radius = 0.05
    let weakness = fit.weakness(
      outside: ellipsoid, points: 2000, generator: RandomGenerator(seed: 3))
    #expect(weakness.level > 0.98, "\(weakness.level)")
  }
}
