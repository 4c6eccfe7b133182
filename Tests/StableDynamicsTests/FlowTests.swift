import DifferentialEquations
import Foundation
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("The flow from h(0) to h(T)")
struct FlowTests {
  private let initial = Tensor([1.0, -2], shape: [2, 1])

  private func flow(_ change: (inout Flow.Settings) -> Void) throws -> Flow {
    var settings = Flow.Settings()
    change(&settings)
    return try Flow(settings)
  }

  @Test("Fixed steps are counted by interval, in training and in use")
  func fixedSteps() throws {
    let flow = try flow {
      $0.solver = .euler
      $0.horizon = 2
      $0.intervals = 4
      $0.stepsPerInterval = 3
    }
    // h' = -h in 12 steps of 1/6.
    let factor: Double = 5 / 6
    let expected = pow(factor, 12)
    let trained = try flow.training(of: { -$0 }, from: initial)
    #expect(abs(trained.finalState.doubles[0] - expected) <= 1e-15)
    #expect(abs(trained.states[1].doubles[1] + 2 * pow(factor, 3)) <= 1e-15)
    #expect(trained.statistics.evaluations == 12)
    let end = try flow.solution(of: .autonomous { -$0 }, from: initial).finalState
    #expect(largestDifference(end, initial * expected) <= 1e-15)
    #expect(flow.times == [0, 0.5, 1, 1.5, 2])
  }

  @Test("Every solver follows h' = -h", arguments: Flow.Solver.allCases)
  func solvers(_ solver: Flow.Solver) throws {
    let flow = try flow {
      $0.solver = solver
      $0.stepsPerInterval = 20
      $0.tolerance = 1e-6
      $0.trainingTolerance = 1e-6
    }
    let tolerance = solver == .euler ? 1e-2 : 1e-5
    for end in [
      try flow.solution(of: .autonomous { -$0 }, from: initial).finalState,
      try flow.training(of: { -$0 }, from: initial).finalState,
      try flow.trajectory(of: { -$0 }, from: initial, times: flow.times)[10],
    ] { #expect(largestDifference(end, initial * exp(-1)) <= tolerance) }
  }

  @Test("A failure says what the settings can do about it, and names no other")
  func advice() throws {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no failure"
      } catch { return "\(error)" }
    }
    let explosive: (Tensor) -> Tensor = { $0.squared }
    let adaptive = try flow { $0.horizon = 3 }
    let fixed = try flow {
      $0.horizon = 30
      $0.solver = .euler
    }
    let training = message { _ = try adaptive.training(of: explosive, from: -initial) }
    let use = message { _ = try adaptive.solution(of: .autonomous(explosive), from: -initial) }
    let grid = message { _ = try fixed.solution(of: .autonomous(explosive), from: -initial) }
    let settled = message { _ = try fixed.settled(of: explosive, from: -initial, horizon: 50) }
    let swapped = message {
      _ = try fixed.finalState(
        of: .init(field: .autonomous(explosive), from: -initial), by: .dopri5(1e-3))
    }
    #expect(training.contains("loosen the tolerance (--set model.flow.trainingTolerance)"))
    #expect(use.contains("loosen the tolerance (--set model.flow.tolerance)"))
    #expect(use.contains("or take fixed steps (--set model.flow.solver=rk4)"))
    #expect(grid.contains("; take smaller steps (--set model.flow.stepsPerInterval), or let "))
    #expect(grid.contains("(--set model.flow.solver=dopri5)"))
    for text in [training, use, grid, settled, swapped] {
      #expect(text.contains("could not be solved"))
      #expect(!text.contains("AdaptiveSteps") && !text.contains("StepControl"))
      #expect(text.contains("(--set training.weightDecay)"))
    }
    for text in [settled, swapped] { #expect(!text.contains("model.flow")) }
  }

  @Test("In use the tolerance is its own, finer than in training")
  func tolerances() throws {
    let flow = try flow { $0.tolerance = 1e-8 }
    func error(_ end: Tensor) -> Double { largestDifference(end, initial * exp(-1)) }
    #expect(error(try flow.solution(of: .autonomous { -$0 }, from: initial).finalState) <= 1e-7)
    let trained = try flow.training(of: { -$0 }, from: initial).finalState
    #expect(error(trained) > 1e-7 && error(trained) <= 0.3)
  }

  @Test("A sample's end in use does not depend on its batch-mates")
  func perSample() throws {
    let flow = try flow { _ in }
    let field: (Tensor) -> Tensor = { ($0 * 3).sin * 2 }
    let both = try flow.solution(of: .autonomous(field), from: initial).finalState
    let alone = try flow.solution(of: .autonomous(field), from: initial.sliced(0..<1)).finalState
    #expect(areIdentical(both.sliced(0..<1).contiguous(), alone))
  }

  @Test("Settling takes steps of 0.05")
  func settled() throws {
    let end = try flow { _ in }.settled(of: { -$0 }, from: initial, horizon: 2)
    // A step of the classical method multiplies by the first five terms of e^-0.05.
    let h = 0.05
    let factor: Double = 1 - h * (1 - h / 2 * (1 - h / 3 * (1 - h / 4)))
    #expect(largestDifference(end, initial * pow(factor, 40)) <= 1e-13)
  }

  @Test("Gradients run through the solver")
  func gradients() throws {
    let flow = try flow { $0.trainingTolerance = 1e-8 }
    let leaf = initial.differentiable()
    let end = try flow.training(of: { -$0 }, from: leaf).finalState
    let slope = gradient(of: end.sum(), wrt: [leaf])[0]
    #expect(largestDifference(slope, exp(-1)) <= 1e-6)
  }

  @Test("Settings that mean nothing are refused by name")
  func refusals() {
    let cases: [(String, (inout Flow.Settings) -> Void)] = [
      ("model.flow.horizon: expected a number above 0, up to 10000, found 0.0", { $0.horizon = 0 }),
      (
        "model.flow.horizon: expected a number above 0, up to 10000, found inf",
        { $0.horizon = .infinity }
      ),
      ("model.flow.intervals: expected an integer from 1 to 10000, found 0", { $0.intervals = 0 }),
      (
        "model.flow.stepsPerInterval: expected an integer from 1 to 10000, found -1",
        { $0.stepsPerInterval = -1 }
      ),
      (
        "model.flow.trainingTolerance: expected a number above 0, up to 1000, found nan",
        { $0.trainingTolerance = .nan }
      ),
      (
        "model.flow.tolerance: expected a number above 0, up to 1000, found -1.0",
        { $0.tolerance = -1 }
      ),
    ]
    for (message, change) in cases {
      let error = #expect(throws: SettingsError.self) { _ = try flow(change) }
      #expect(error?.description == message)
    }
  }
}
