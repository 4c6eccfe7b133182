import DifferentialEquations
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct FailureTests {
  /// The failure that `body` throws.
  func failure(_ body: () throws -> Solution) -> IntegrationFailure? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? IntegrationFailure
    }
  }

  func problem(_ body: () throws -> Solution) -> ProblemError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? ProblemError
    }
  }

  @Test(arguments: ErrorNorm.allCases)
  func aSolutionThatLeavesEveryBound(_ norm: ErrorNorm) throws {
    // y' = y² from 4 ends at t = 1/4; row 1 only.
    let initial = column([0.1, 4, -1])
    let found = try #require(
      failure {
        try solve({ $0.squared }, from: initial, at: [0, 1], steps: .adaptive(1e-6, norm: norm))
      })
    guard case .stepUnderflow = found.cause else { return #expect(Bool(false), "\(found)") }
    #expect(abs(found.time - 0.25) < 1e-6)
    #expect(found.samples == [1] && found.steps > 10)
    #expect(try #require(found.largestMagnitude) > 1e6)
    #expect("\(found)".contains("at t = 0.25") || "\(found)".contains("at t = 0.249"))
    #expect("\(found)".contains("in sample 1,") && "\(found)".contains("loosen the tolerance"))
  }

  @Test(arguments: ErrorNorm.allCases)
  func aStiffFieldTakesTooManySteps(_ norm: ErrorNorm) throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1e-3), norm: norm, maximumSteps: 200)
    let found = try #require(
      failure {
        try solve({ $0 * -1e6 }, from: column([1, 1]), at: [0, 1], steps: .adaptive(steps))
      })
    #expect(found.cause == .tooManySteps(limit: 200) && found.steps == 200)
    #expect(found.time > 0 && found.time < 0.01)
    #expect("\(found)".contains("200 steps were not enough"))
    #expect("\(found)".contains("raise AdaptiveSteps.maximumSteps"))
  }

  @Test(arguments: ErrorNorm.allCases)
  func aFieldThatIsNotDefinedThere(_ norm: ErrorNorm) throws {
    // sqrt leaves its domain in row 2 at t = 1/2.
    let found = try #require(
      failure {
        try solve(
          { y in Tensor.full(-1, y.shape, dtype: y.dtype) + y.squareRoot * 1e-9 },
          from: column([9, 8, 0.5]), at: [0, 2], steps: .adaptive(1e-6, norm: norm))
      })
    #expect(found.cause == .nonFiniteDerivative && found.samples == [2])
    #expect(abs(found.time - 0.5) < 1e-3)
    #expect("\(found)".contains("the field is not finite at t = 0.5") || found.time < 0.5)
    #expect("\(found)".contains("check the field and its parameters"))
  }

  @Test(arguments: ErrorNorm.allCases)
  func aStateThatIsNotFinite(_ norm: ErrorNorm) throws {
    let found = try #require(
      failure {
        try solve(
          { $0 * -1 }, from: column([1, .nan, 2, .infinity]), at: [0, 1],
          steps: .adaptive(1e-3, norm: norm))
      })
    #expect(found.cause == .nonFiniteState && found.samples == [1, 3] && found.steps == 0)
    #expect(found.time == 0 && found.largestMagnitude == 2)
    #expect("\(found)".contains("in samples 1, 3") && "\(found)".contains("initial state"))
    let field = try #require(
      failure {
        try solve(
          { ($0 - 1).log }, from: column([3, 0]), at: [0, 1], steps: .adaptive(1e-3, norm: norm))
      })
    #expect(field.cause == .nonFiniteDerivative && field.samples == [1])
  }

  /// Every step has the state, however far apart the requested times are.
  @Test(arguments: [ButcherTableau.euler, .heun, .classicalRungeKutta])
  func fixedStepsThatOverflow(_ method: ButcherTableau) throws {
    func solution(at times: [Double], steps: Int) throws -> Solution {
      try solve(
        { $0.squared }, from: column([0.1, 4]), at: times, method: method,
        steps: .stepsPerInterval(steps))
    }
    let found = try #require(failure { try solution(at: [0, 0.2, 2], steps: 20) })
    #expect(found.cause == .nonFiniteState && found.samples == [1])
    #expect(found.time > 0.2 && found.time < 2 && found.steps > 20 && found.steps < 40)
    #expect(
      "\(found)".contains(
        "the state is not finite beyond t = \(String(format: "%.6g", found.time)) in sample 1"))
    #expect("\(found)".contains("take smaller steps"))
    // The steps before it lead to that time, and to the largest |y| that is told.
    let sizes = (0..<found.steps - 1).map { $0 < 20 ? 0.01 : 0.09 }
    let before = try solve(
      { $0.squared }, from: column([0.1, 4]), at: [0, found.time], method: method,
      steps: .fixedSequence(.shared(sizes)))
    let largest = try #require(found.largestMagnitude)
    #expect(abs(before.finalState.magnitude.max().item / largest - 1) < 1e-6)
    #expect("\(found)".contains("largest |y| = \(String(format: "%.4g", largest))"))
  }

  @Test func whatIsSaidOfAStateWithoutAFiniteElement() throws {
    for norm in ErrorNorm.allCases {
      let found = try #require(
        failure {
          try solve(
            { -$0 }, from: column([.nan, .nan]), at: [0, 1], steps: .adaptive(1e-3, norm: norm))
        })
      #expect(found.largestMagnitude == nil)
      #expect("\(found)".contains("no element of y finite") && !"\(found)".contains("0.0;"))
    }
    // By fixed steps too, and a field that is NaN from the start is not a state that overflowed.
    let start = try #require(
      failure {
        try solve(
          { -$0 }, from: column([1, .nan]), at: [0, 1], method: .euler, steps: .stepsPerInterval(3))
      })
    #expect(start.cause == .nonFiniteState && start.samples == [1] && start.steps == 0)
    #expect("\(start)".contains("check the initial state"))
    for method in [ButcherTableau.heun, .dormandPrince] {
      let field = try #require(
        failure {
          try solve(
            { t, y in y * (t < 0.6 ? 1 : .nan) }, from: column([1, 2]), at: [0, 1], method: method,
            steps: .stepsPerInterval(10))
        })
      #expect(field.largestMagnitude.map { $0 > 2 && $0 < 2 * exp(0.7) } == true)
      #expect(field.time > 0.45 && field.time < 0.65 && field.samples == [0, 1])
    }
  }

  @Test func aRecordedSequenceThatOverflowsSaysWhere() throws {
    let field = { (y: Tensor) in y.squared }
    let sequences: [StepSequence] = [
      .shared([0.1, 0.2, 1e200, 2e201]), .perSample([[0.1, 0.2, 1e200, 2e201], [2e201]]),
    ]
    for sequence in sequences {
      let found = try #require(
        failure {
          try solve(field, from: column([1, 0]), at: [0, 1e201], steps: .fixedSequence(sequence))
        })
      #expect(found.samples.first == 0 && abs(found.time - 0.3) < 1e-12)
      let state = try #require(found.largestMagnitude)
      #expect(abs(state - 1 / 0.7) < 1e-4)
    }
  }

  /// A step that overflows is taken again, smaller.
  @Test(arguments: ErrorNorm.allCases)
  func anOverflowingFirstStepIsRecovered(_ norm: ErrorNorm) throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1e-8), norm: norm, firstStep: 1e150)
    let solution = try solve(
      { $0 * -1 - $0.power(3) * 0.01 }, from: column([1, 2]), at: [0, 1], steps: .adaptive(steps))
    #expect(solution.statistics.rejectedSteps > 100)
    let usual = try solve(
      { $0 * -1 - $0.power(3) * 0.01 }, from: column([1, 2]), at: [0, 1], steps: .adaptive(1e-10))
    #expect(relativeError(solution.finalState, usual.finalState) < 1e-7)
  }

  @Test func anErrorOfTheFieldPassesThrough() {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try solve({ _ in throw Stop() }, from: column([1]), at: [0, 1])
    }
  }

  @Test func problemsThatAreNotWellPosed() {
    let y = column([1])
    let field = { (y: Tensor) in y * -1 }
    #expect(problem { try solve(field, from: y, at: [0, 1, 1]) } == .times([0, 1, 1]))
    #expect(problem { try solve(field, from: y, at: [0, 1, 0.5]) } == .times([0, 1, 0.5]))
    #expect(problem { try solve(field, from: y, at: []) } == .times([]))
    #expect(
      problem { try solve(field, from: y.to(.int64), at: [0, 1]) }
        == .initialState(shape: [1, 1], dtype: .int64))
    #expect(
      problem { try solve(field, from: y, at: [0, 1], method: .midpoint) }
        == .notAdaptive(method: "midpoint"))
    // Nothing is made in proportion to a number before it is checked.
    for steps in [
      StepControl.adaptive(0), .adaptive(-1), .adaptive(.nan), .stepsPerInterval(0), .stepSize(0),
      .stepsPerInterval(.max), .stepsPerInterval(-1), .stepSize(.nan), .stepSize(.infinity),
      .stepSize(-1), .stepSize(1e-300), .stepSize(.leastNonzeroMagnitude), .adaptive(.infinity),
      .adaptive(AdaptiveSteps(largestStep: .nan)), .adaptive(AdaptiveSteps(firstStep: .infinity)),
      .adaptive(AdaptiveSteps(controller: .proportionalIntegral(beta: .nan))),
      .adaptive(AdaptiveSteps(controller: .proportionalIntegral(beta: 1))),
      .adaptive(AdaptiveSteps(firstStep: -1)), .adaptive(AdaptiveSteps(maximumSteps: 0)),
      .fixedSequence(.perSample([[1], [1]])),
    ] {
      guard case .steps = problem({ try solve(field, from: y, at: [0, 1], steps: steps) }) else {
        Issue.record("\(steps) should be refused")
        continue
      }
    }
    for sequence in [StepSequence.shared([0.5, 0.25]), .perSample([[0.5, 0.25]])] {
      #expect(
        problem { try solve(field, from: y, at: [0, 1], steps: .fixedSequence(sequence)) }
          == .sequenceTooShort(steps: 2, time: 0.75))
    }
    #expect(
      problem {
        try solve(
          field, from: y, at: [0, 0.3, 1], method: .threeEighths,
          steps: .fixedSequence(.shared([0.5, 0.5])))
      } == .noInterpolant(method: "rk4-38", time: 0.3))
    #expect(
      problem {
        try solve(
          field, from: y, at: [0, 1], steps: .fixedSequence(.shared([1])),
          gradients: .adjoint(parameters: []))
      } == .adjointOfSequence)
    #expect(
      "\(ProblemError.notAdaptive(method: "euler"))".contains(
        "take adaptive-heun, bosh3, dopri5, dopri8 or rodas4"))
    let patient = AdaptiveSteps(tolerance: Tolerance(1e-6), maximumSteps: .max)
    let end = try? solve(field, from: y, at: [0, 1], steps: .adaptive(patient)).finalState.item
    #expect(abs((end ?? 0) - exp(-1)) < 1e-5)
  }
}
