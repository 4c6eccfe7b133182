import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite("Solutions at any time")
struct TrajectoryTests {
  @Test(
    "Every method knows its states afterwards, forwards and backwards",
    arguments: ButcherTableau.all)
  func accuracy(_ method: ButcherTableau) throws {
    let initial = column([1, -2])
    for end in [2.0, -2] {
      let trajectory = try solve(
        modulatedGrowth, from: initial, through: end, method: method,
        steps: method.isAdaptive ? .adaptive(1e-7, norm: .perSample) : .stepsPerInterval(400))
      for time in [0, 0.37, 1, 1.9999, 2].map({ $0 * end / 2 }) {
        let error = largestError(trajectory.state(at: time), initial * exp(sin(time)))
        #expect(error < (method.order == 1 ? 2e-2 : 1e-4), "\(method) at \(time)")
      }
      #expect(areIdentical(trajectory.state(at: 0), initial))
    }
  }

  @Test("Its states are those that would have been asked for", arguments: ErrorNorm.allCases)
  func requested(_ norm: ErrorNorm) throws {
    let initial = Tensor.concatenated([keplerState(at: 0), keplerState(at: 2)])
    let times = [0, 0.4, 3, 5.5]
    for method in ButcherTableau.all where method.isAdaptive {
      let trajectory = try solve(
        keplerField, from: initial, through: 5.5, method: method, steps: .adaptive(1e-4, norm: norm)
      )
      let solution = try solve(
        keplerField, from: initial, at: times, method: method, steps: .adaptive(1e-4, norm: norm))
      #expect(largestError(trajectory.states(at: times), solution.states) < 1e-12)
      #expect(trajectory.steps == solution.steps)
    }
  }

  @Test("It costs no evaluation more than the solution, but for outputs and the last derivative")
  func cost() throws {
    let initial = column([1])
    for method in ButcherTableau.all where !method.isAdaptive {
      let steps = StepControl.stepsPerInterval(7)
      let trajectory = try solve({ -$0 }, from: initial, through: 1, method: method, steps: steps)
      let solution = try solve({ -$0 }, from: initial, at: [0, 1], method: method, steps: steps)
      #expect(trajectory.statistics.evaluations == solution.statistics.evaluations + 1)
    }
  }

  @Test("It is differentiable")
  func gradients() throws {
    let initial = column([0.5, 2]).differentiable()
    let trajectory = try solve({ -$0 }, from: initial, through: 3, steps: .adaptive(1e-9))
    let slope = gradient(of: trajectory.state(at: 1.3).sum(), wrt: [initial])[0]
    #expect(largestError(slope, column([exp(-1.3), exp(-1.3)])) < 1e-8)
  }
}
