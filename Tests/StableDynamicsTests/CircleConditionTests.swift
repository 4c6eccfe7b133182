import DifferentialEquations
import Foundation
import StableDynamics
import Tensors
import Testing

@Suite("Circle conditions")
struct CircleConditionTests {
  private static let interval: [Flow.Solver] = [.euler, Flow.Solver(.heun), .rk4]
  private static let fixed = Flow.Solver.allCases.filter { !$0.isAdaptive }

  /// The bound of one step of length h.
  private func bound(
    _ solver: Flow.Solver, rate: Double, speed: Double, step: Double = 1, distortion: Double = 1
  ) throws -> Double {
    var settings = Flow.Settings()
    (settings.solver, settings.horizon, settings.intervals) = (solver, step, 1)
    return try Flow(settings).lipschitzBound(
      CircleCondition(rate: rate, speed: speed, distortion: distortion))
  }

  /// R(z), the factor of a step of y' = z y.
  private func stability(_ solver: Flow.Solver, _ z: Double) throws -> Double {
    try solve(
      { $0 * z }, from: .ones([1, 1], dtype: .float64), at: [0, 1], method: solver.method,
      steps: .stepSize(1)
    ).finalState.item
  }

  @Test("Steps that are short for the speed expand nothing", arguments: interval)
  func nonexpansive(_ solver: Flow.Solver) throws {
    for speed in [0.1, 1, 1.9, 2 - 1e-4] {
      let bound = try bound(solver, rate: 0, speed: speed)
      #expect(bound >= 1 && bound < 1 + 1e-4, "\(speed)")
    }
    #expect(try bound(solver, rate: 0, speed: 2.2) > 1.01)
    // It is the product that counts.
    #expect(try abs(bound(solver, rate: 0, speed: 19, step: 0.1) - 1) < 1e-4)
  }

  @Test(
    "A rate shrinks distances by the method's own factor, which is attained", arguments: interval)
  func rates(_ solver: Flow.Solver) throws {
    for (rate, speed) in [(0.05, 1.0), (0.2, 1.2), (0.5, 1.5)] {
      let exact = try stability(solver, -rate)
      let bound = try bound(solver, rate: rate, speed: speed)
      #expect(bound >= exact * (1 - 1e-12) && bound < exact * (1 + 1e-3), "\(rate) \(speed)")
    }
  }

  @Test("Too long a step of Euler's method grows distances as the fastest field does")
  func longSteps() throws {
    for (rate, speed) in [(0.0, 2.5), (0.3, 3), (1, 4)] {
      let bound = try bound(.euler, rate: rate, speed: speed)
      #expect(abs(bound - (speed - 1)) < 1e-6)
      #expect(try abs(stability(.euler, -speed)) <= bound)
    }
  }

  @Test("What the norm distorts counts once")
  func distortion() throws {
    let plain = try bound(.rk4, rate: 0.2, speed: 1)
    #expect(try abs(bound(.rk4, rate: 0.2, speed: 1, distortion: 3) / plain - 3) < 1e-12)
  }

  /// f_i(h) = -α h_i - (β - α) g_i(h_i) turned by rotations, with g of slopes in [0, 1] that jump.
  private func field(rate: Double, speed: Double, seed: UInt64) -> (Tensor) -> Tensor {
    let generator = RandomGenerator(seed: seed)
    let direction = generator.normal([6, 6], dtype: .float64)
    // I - 2vvᵀ, orthogonal.
    let v = direction[0] / direction[0].norm
    let turn =
      Tensor.identity(6, dtype: .float64) - v.unsqueezed(1).matmul(v.unsqueezed(0)) * 2
    let shift = direction[1]
    return { h in
      let x = h.matmul(turn)
      let slow = (x + shift).relu - (x + shift - 0.5).relu * 0.7
      return (x * -rate - slow * (speed - rate)).matmul(turn.transposed)
    }
  }

  @Test("No two steps part by more than the bound, short or long", arguments: fixed)
  func soundness(_ solver: Flow.Solver) throws {
    for (seed, (rate, speed)) in [(0.0, 0.5), (0, 1.9), (0.2, 1), (0, 3), (1, 4)].enumerated() {
      let f = field(rate: rate, speed: speed, seed: UInt64(seed))
      let bound = try bound(solver, rate: rate, speed: speed)
      #expect(bound.isFinite)
      let generator = RandomGenerator(seed: UInt64(seed), keys: 2)
      let a = generator.normal([2000, 6], dtype: .float64)
      let b = a + generator.normal([2000, 6], dtype: .float64)
      func end(_ states: Tensor) throws -> Tensor {
        try solve(f, from: states, at: [0, 1], method: solver.method, steps: .stepSize(1))
          .finalState
      }
      let ratio = try ((end(a) - end(b)).norm(along: 1) / (a - b).norm(along: 1)).max().item
      #expect(ratio <= bound)
    }
  }
}
