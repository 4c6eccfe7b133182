import DifferentialEquations
import Foundation
import Tensors
import Testing

/// y' = a_i sin(y) - y |y| / b_i elementwise, with other a and b in every sample.
@Suite("A field of its own for every sample")
struct ConditionedFieldTests {
  private let count = 9
  private let times = [0, 0.2, 1.5]
  private let initial = RandomGenerator(seed: 1).normal([9, 4], deviation: 2, dtype: .float64)
  /// Speeds far apart, so that samples arrive after different numbers of steps.
  private let rates = column((0..<9).map { pow(3, Double($0 * 5 % 9) - 4) })

  private func velocity(_ y: Tensor, _ a: Tensor) -> Tensor {
    y.sin * a - y * y.magnitude / (a + 0.5)
  }

  private var field: VectorField {
    .conditioned { state, rows in
      #expect(state.shape[0] == rows?.count ?? count)
      let own = rows.map { rates.selecting(Tensor($0.map(Int64.init))) } ?? rates
      return velocity(state, own)
    }
  }

  private let steps = StepControl.adaptive(1e-5, norm: .perSample)

  @Test("With steps of its own, each sample is solved as if it were alone")
  func perSample() throws {
    let together = try solve(field, from: initial, at: times, steps: steps)
    guard case .perSample(let sequences) = together.steps else {
      Issue.record("the samples share their steps")
      return
    }
    #expect(Set(sequences.map(\.count)).count > 3, "the samples should differ in their steps")
    for row in 0..<count {
      let rate = rates.sliced(row..<row + 1)
      let alone = try solve(
        .autonomous { velocity($0, rate) }, from: initial.sliced(row..<row + 1), at: times,
        steps: steps)
      #expect(alone.steps == .perSample([sequences[row]]))
      #expect(areIdentical(alone.states, together.states.sliced(row..<row + 1, along: 1)))
    }
  }

  @Test("So are its derivatives, though steps are taken afresh for the samples that accept them")
  func derivatives() throws {
    let start = initial.differentiable()
    let together = try solve(field, from: start, at: times, steps: steps)
    #expect(together.statistics.rejectedSteps > 0)
    let slopes = gradient(of: together.finalState.squared.sum(), wrt: [start])[0]
    for row in 0..<count {
      let rate = rates.sliced(row..<row + 1)
      let own = initial.sliced(row..<row + 1).differentiable()
      let alone = try solve(
        .autonomous { velocity($0, rate) }, from: own, at: times, steps: steps)
      let slope = gradient(of: alone.finalState.squared.sum(), wrt: [own])[0]
      #expect(largestError(slope, slopes.sliced(row..<row + 1)) <= 1e-12)
    }
  }

  @Test("A recorded sequence of steps repeats the solution")
  func sequence() throws {
    let adaptive = try solve(field, from: initial, at: times, steps: steps)
    let repeated = try solve(
      field, from: initial, at: times, steps: .fixedSequence(adaptive.steps))
    #expect(areIdentical(repeated.states, adaptive.states))
  }

  @Test("Shared steps see all samples in order")
  func shared() throws {
    let all = VectorField.autonomous { velocity($0, rates) }
    for steps in [StepControl.adaptive(1e-5), .stepsPerInterval(7), .stepSize(0.05)] {
      let conditioned = try solve(field, from: initial, at: times, steps: steps)
      #expect(
        areIdentical(
          conditioned.states, try solve(all, from: initial, at: times, steps: steps).states))
    }
  }
}
