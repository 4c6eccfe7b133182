import DifferentialEquations
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PerSampleTests {
  let times = [0, 0.1, 0.5, 0.55, 2]
  let rows = 7

  /// Rows of very different speed.
  func initial(_ dtype: DType) -> Tensor {
    let scales = Tensor((0..<rows).map { pow(4, Double($0) - 3) }, shape: [rows, 1])
    return (RandomGenerator(seed: 5).normal([rows, 9], dtype: .float64) * scales).to(dtype)
  }

  @Test(arguments: [DType.float32, .float64])
  func aSampleDoesNotSeeItsBatchMates(_ dtype: DType) throws {
    let fields: [VectorField] = [
      .autonomous { y in y.sin * 3 - y * y.magnitude },
      .timed { t, y in (y * 2).tanh * (1 + 5 * cos(9 * t)) - y },
    ]
    let initial = initial(dtype)
    for field in fields {
      let steps = StepControl.adaptive(
        AdaptiveSteps(
          tolerance: Tolerance(1e-4), norm: .perSample, controller: .proportionalIntegral()))
      let batch = try solve(field, from: initial, at: times, steps: steps)
      guard case .perSample(let sequences) = batch.steps else { throw ProblemError.times([]) }
      #expect(Set(sequences.map(\.count)).count > 1, "the rows should differ in their steps")
      for row in 0..<rows {
        let alone = try solve(
          field, from: initial.sliced(row..<row + 1), at: times, steps: steps)
        #expect(areIdentical(alone.states, batch.states.sliced(row..<row + 1, along: 1)))
        #expect(alone.steps == .perSample([sequences[row]]))
      }
    }
  }

  /// Matrix products round differently from batch size to batch size. Rounding moves the step
  /// sizes too, most where the error estimate is itself rounding, so that in float32 two results
  /// agree to the tolerance rather than to rounding.
  @Test(arguments: [(DType.float32, 1e-3), (.float64, 1e-9)])
  func anMLPAgreesToRounding(_ dtype: DType, _ bound: Double) throws {
    let field = TestField(dimension: 9, hidden: 30, seed: 6, dtype: dtype)
    let initial = initial(dtype)
    let steps = StepControl.adaptive(1e-3, norm: .perSample)
    let batch = try solve({ field($0) }, from: initial, at: times, steps: steps)
    let frozen = try solve(
      { field($0) }, from: initial, at: times, steps: .fixedSequence(batch.steps))
    #expect(relativeError(frozen.states, batch.states) < 1e-6)
    for row in 0..<rows {
      let state = initial.sliced(row..<row + 1)
      let together = batch.states.sliced(row..<row + 1, along: 1)
      let alone = try solve({ field($0) }, from: state, at: times, steps: steps)
      #expect(relativeError(alone.states, together) < bound)
      guard case .perSample(let sequences) = batch.steps else { return }
      let sameSteps = try solve(
        { field($0) }, from: state, at: times, steps: .fixedSequence(.perSample([sequences[row]])))
      #expect(relativeError(sameSteps.states, together) < 1e-6)
    }
  }

  @Test func everySampleIsAsAccurateAsAsked() throws {
    let initial = initial(.float64)
    let solution = try solve(
      modulatedGrowth, from: initial, at: times, steps: .adaptive(1e-9, norm: .perSample))
    for (index, time) in times.enumerated() {
      #expect(relativeError(solution.states[index], initial * exp(sin(time))) < 1e-7)
    }
  }

  /// With rejections of some rows, whose attempts here are not finite.
  @Test func gradientsAreThoseOfEachSampleAlone() throws {
    let weight = column([1.5]).differentiable()
    let field = { (y: Tensor) in y * weight[0] - (y.power(3) * 8).exp.log * 0.2 }
    let steps = StepControl.adaptive(
      AdaptiveSteps(tolerance: Tolerance(1e-4), norm: .perSample, firstStep: 20))
    func gradients(_ initial: Tensor) throws -> [Tensor] {
      let leaf = initial.differentiable()
      let solution = try solve(field, from: leaf, at: [0, 0.5, 1], steps: steps)
      #expect(solution.statistics.rejectedSteps > 0)
      return gradient(of: solution.states.squared.sum(), wrt: [leaf, weight])
    }
    let initial = Tensor([0.1, 0.2, 1, -1, 3, 0.5], shape: [3, 2])
    let together = try gradients(initial)
    #expect(together.allSatisfy { $0.isFinite.all().integers == [1] })
    var sum = 0.0
    for row in 0..<3 {
      let alone = try gradients(initial.sliced(row..<row + 1))
      #expect(relativeError(alone[0], together[0].sliced(row..<row + 1)) < 1e-12)
      sum += alone[1].item
    }
    #expect(abs(sum - together[1].item) < 1e-9 * abs(sum))
  }
}
