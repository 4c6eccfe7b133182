import DifferentialEquations
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct StepTests {
  let field = TestField(dimension: 5, hidden: 12, seed: 1, dtype: .float64)
  let initial = RandomGenerator(seed: 2).normal([6, 5], dtype: .float64)

  @Test(arguments: ErrorNorm.allCases)
  func statisticsAddUp(_ norm: ErrorNorm) throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1e-5), norm: norm, firstStep: 2)
    var calls = 0
    let solution = try withoutGradients {
      try solve(
        { y in
          calls += 1
          return field(y)
        }, from: initial, at: [0, 1, 3], steps: .adaptive(steps))
    }
    let statistics = solution.statistics
    #expect(statistics.evaluations == calls)
    #expect(statistics.rejectedSteps > 0)
    let sequences: [[Double]] =
      switch solution.steps {
      case .shared(let sizes): [sizes]
      case .perSample(let rows): rows
      }
    #expect(statistics.acceptedSteps == sequences.map(\.count).reduce(0, +))
    #expect(statistics.smallestStep == sequences.joined().min())
    #expect(statistics.largestStep == sequences.joined().max())
    #expect(sequences.allSatisfy { $0.reduce(0, +) >= 3 && $0.dropLast().reduce(0, +) < 3 })
    if norm == .perBatch {
      #expect(calls == 1 + 6 * (statistics.acceptedSteps + statistics.rejectedSteps))
    }
    #expect(solution.states.shape == [3, 6, 5] && solution.endTime == 3)
    #expect(areIdentical(solution.states[0], initial))
  }

  @Test(arguments: ErrorNorm.allCases, [DType.float32, .float64])
  func theSameProblemGivesTheSameBits(_ norm: ErrorNorm, _ dtype: DType) throws {
    let field = TestField(dimension: 5, hidden: 12, seed: 1, dtype: dtype)
    func states() throws -> Solution {
      try solve(
        { field($0) }, from: initial.to(dtype), at: [0, 0.7, 2], steps: .adaptive(1e-5, norm: norm))
    }
    let (first, second) = (try states(), try states())
    #expect(first.states.dtype == dtype)
    #expect(areIdentical(first.states, second.states))
    #expect(first.steps == second.steps && first.statistics == second.statistics)
  }

  @Test(arguments: ErrorNorm.allCases)
  func recordedStepsRepeatASolution(_ norm: ErrorNorm) throws {
    let slow: @Sendable (Tensor) -> Tensor = { y in (y * 3).sin - y * 0.5 }
    let times = [0, 0.2, 0.25, 1.9, 2]
    let recorded = try solve(
      slow, from: initial, at: times,
      steps: .adaptive(AdaptiveSteps(tolerance: Tolerance(1e-6), norm: norm, firstStep: 1)))
    let repeated = try solve(slow, from: initial, at: times, steps: .fixedSequence(recorded.steps))
    #expect(recorded.statistics.rejectedSteps > 0)
    #expect(repeated.statistics.rejectedSteps == 0)
    #expect(areIdentical(recorded.states, repeated.states))
    #expect(recorded.steps == repeated.steps)
  }

  @Test(arguments: ButcherTableau.all)
  func equalStepsRepeatAsASequence(_ method: ButcherTableau) throws {
    let recorded = try solve(
      modulatedGrowth, from: initial, at: [0, 0.1, 0.3], method: method, steps: .stepSize(0.01))
    let repeated = try solve(
      modulatedGrowth, from: initial, at: [0, 0.1, 0.3], method: method,
      steps: .fixedSequence(recorded.steps))
    #expect(recorded.statistics.acceptedSteps == 30)
    #expect(relativeError(repeated.states, recorded.states) < 1e-8)
  }

  @Test(arguments: [
    StepControl.adaptive(1e-9), .adaptive(1e-9, norm: .perSample), .stepsPerInterval(100),
  ])
  func backwardsInTimeReturns(_ steps: StepControl) throws {
    let there = try solve(modulatedGrowth, from: initial, at: [0, 1, 2], steps: steps)
    let back = try solve(modulatedGrowth, from: there.finalState, at: [2, 1, 0], steps: steps)
    #expect(relativeError(back.states[1], there.states[1]) < 1e-8)
    #expect(relativeError(back.finalState, initial) < 1e-8)
  }

  @Test func proportionalIntegralControlIsAsAccurate() throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1e-8), controller: .proportionalIntegral())
    let solution = try solve(modulatedGrowth, from: initial, at: [0, 3], steps: .adaptive(steps))
    #expect(relativeError(solution.finalState, initial * exp(sin(3))) < 1e-7)
    // Where stability limits the step it rejects less.
    func rejections(_ controller: StepController) throws -> Int {
      try solve(
        { $0 * -50 }, from: initial, at: [0, 10],
        steps: .adaptive(AdaptiveSteps(tolerance: Tolerance(1e-3), controller: controller))
      ).statistics.rejectedSteps
    }
    let smooth = try rejections(.proportionalIntegral(beta: 0.08))
    let plain = try rejections(.integral)
    #expect(smooth < plain)
  }

  @Test func theLargestStepIsKept() throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1), largestStep: 0.125)
    let solution = try solve({ $0 * -1 }, from: initial, at: [0, 1], steps: .adaptive(steps))
    #expect(solution.statistics.largestStep == 0.125)
    #expect(solution.statistics.acceptedSteps >= 8)
  }

  @Test func nothingToDoCostsNothing() throws {
    let still = try solve({ field($0) }, from: initial, at: [4])
    #expect(areIdentical(still.finalState, initial) && still.statistics.evaluations == 0)
    let empty = try solve(
      { field($0) }, from: Tensor.zeros([0, 5], dtype: .float64), at: [0, 1, 2])
    #expect(empty.states.shape == [3, 0, 5])
  }

  @Test func statesMayHaveAnyShape() throws {
    let images = RandomGenerator(seed: 4).normal([3, 2, 4, 4], dtype: .float64)
    for norm in ErrorNorm.allCases {
      let solution = try solve(
        modulatedGrowth, from: images, at: [0, 1, 2], steps: .adaptive(1e-8, norm: norm))
      #expect(solution.states.shape == [3, 3, 2, 4, 4])
      #expect(relativeError(solution.finalState, images * exp(sin(2))) < 1e-7)
    }
  }
}
