import NeuralNetworks
import Settings
import Tensors
import TestSupport
import Testing

@testable import Methods
@testable import StableDynamics

@Suite("ASODE")
struct ASODETests {
  private func field(_ basis: TimeDependence.Basis, terms: Int) -> TimeVaryingSineField {
    var dependence = TimeDependence()
    (dependence.time, dependence.terms) = (basis, terms)
    return TimeVaryingSineField(
      dimension: 4, hidden: 7, dependence: dependence, horizon: 2,
      generator: RandomGenerator(seed: 1), dtype: .float64)
  }

  @Test("Frozen at a time it is SODEF's field, with its Jacobian")
  func frozen() {
    for basis in [TimeDependence.Basis.piecewise, .polynomial, .fourier] {
      let field = field(basis, terms: 3)
      let states = RandomGenerator(seed: 2).normal([5, 4], dtype: .float64)
      let timed = Tensor.concatenated([states, .full(0.6, [5, 1], dtype: .float64)], along: 1)
      let frozen = field.frozen(at: 0.3)
      #expect(largestDifference(frozen(states), field(timed).sliced(0..<4, along: 1)) < 1e-14)
      let jacobian = frozen.jacobians(at: states)
      for column in 0..<4 {
        var step = [Double](repeating: 0, count: 4)
        step[column] = 1e-6
        let moved = Tensor(step)
        let slope = (frozen(states + moved) - frozen(states - moved)) / 2e-6
        #expect(
          largestDifference(
            jacobian.sliced(column..<column + 1, along: 2).squeezed(2), slope) < 1e-8)
      }
    }
  }

  private func model(_ change: (inout ASODEMethod.Settings) -> Void = { _ in }) throws -> ASODE {
    var settings = ASODEMethod.defaults(for: pointsInput)
    change(&settings)
    return try #require(
      ASODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 3), dtype: .float64,
        device: .cpu) as? ASODE)
  }

  @Test("The drift is that of the Jacobian: 0 where the weights are constant")
  func drift() throws {
    let states = RandomGenerator(seed: 4).normal([5, 2], dtype: .float64)
    let moving = try model()
    let time = 0.35
    let share = 1e-6
    let rate =
      (moving.field.frozen(at: time + share).jacobians(at: states)
        - moving.field.frozen(at: time).jacobians(at: states)) / share
    let expected = rate.squared.mean().item
    func drift(_ model: ASODE) -> Double {
      model.drift(at: states, time: time, generator: RandomGenerator(seed: 0)).item
    }
    let found = drift(moving)
    #expect(expected > 1e-4 && abs(found - expected) < 0.1 * expected)
    let still = try model { $0.field.terms = 1 }
    #expect(drift(still) == 0)
    let (points, labels) = batch(pointsInput)
    let objective = try moving.objective(
      images: points.to(.float64), labels: labels,
      step: TrainingStep(seed: 0, epoch: 0, index: 0))
    #expect(
      objective.terms.map(\.name)
        == ["cross-entropy", "equilibrium", "diagonal", "dominance", "drift"])
  }

  @Test("By one probe of two dimensions the drift has two values, whose mean is the exact one")
  func estimatedDrift() throws {
    let state = RandomGenerator(seed: 5).normal([1, 2], dtype: .float64)
    func drift(probes: Int, seed: UInt64) throws -> Double {
      try model {
        $0.regularizer.probes = probes
        if probes > 0 { $0.weights.dominance = 0 }
      }.drift(at: state, time: 0.35, generator: RandomGenerator(seed: seed)).item
    }
    let exact = try drift(probes: 0, seed: 0)
    let found = try (0..<12).map { try drift(probes: 1, seed: $0) }
    let (least, most) = (found.min()!, found.max()!)
    #expect(found.allSatisfy { min($0 - least, most - $0) < 1e-12 * exact })
    #expect(most - least > 1e-3 * exact && abs((least + most) / 2 - exact) < 1e-12 * exact)
    let (points, labels) = batch(pointsInput)
    let estimating = try model {
      $0.regularizer.probes = 2
      $0.weights.dominance = 0
    }
    let objective = try estimating.objective(
      images: points.to(.float64), labels: labels,
      step: TrainingStep(seed: 0, epoch: 0, index: 0))
    #expect(
      objective.terms.map(\.name) == ["cross-entropy", "equilibrium", "diagonal", "drift"])
  }

  @Test("Probes do not tell the sums of R_off, which has to have no weight then")
  func unmeasurable() {
    let error = #expect(throws: SettingsError.self) {
      _ = try model { $0.regularizer.probes = 1 }
    }
    #expect(error?.setting == "weights.dominance")
  }

  @Test("Constant weights are refused: that is sodef")
  func refusal() {
    let error = #expect(throws: SettingsError.self) { _ = try model { $0.field.time = .none } }
    #expect(error?.setting == "field.time")
  }
}
