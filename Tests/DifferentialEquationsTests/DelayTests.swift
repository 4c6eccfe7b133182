import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite("Delay differential equations")
struct DelayTests {
  /// y' = -y(t - 1) with φ = 1: y = Σ_k (-1)^k (t - k + 1)^k / k! over k ≤ t + 1, a polynomial between
  /// breaking points with a jump of the (k + 1)-th derivative at t = k.
  @Test("Polynomials between breaking points are exact, kinks included")
  func polynomials() throws {
    let times = [0, 0.3, 1, 1.5, 2.25, 3, 3.9]
    let solution = try solve(
      DelayField(delay: 1) { _, _, delayed in -delayed },
      history: { _ in Tensor.ones([2, 1], dtype: .float64) }, at: times, stepsPerDelay: 3)
    for (index, t) in times.enumerated() {
      var (exact, factorial) = (0.0, 1.0)
      for k in 0...Int(t + 1) {
        if k > 0 { factorial *= Double(k) }
        exact += (k % 2 == 0 ? 1 : -1) * pow(t - Double(k) + 1, Double(k)) / factorial
      }
      #expect(largestError(solution.states[index], .full(exact, [2, 1], dtype: .float64)) < 1e-13)
    }
    #expect(solution.statistics.acceptedSteps == 12)
  }

  /// y' = -1.3 y + 0.8 e^(-τ/2) y(t - τ), which e^(-t/2) solves, beside y' = -y(t - π/2), which sin t solves.
  @Test(
    "The order is that of the method, against closed forms",
    arguments: [
      (ButcherTableau.bogackiShampine, 3.0, [8, 16]), (.dormandPrince, 5, [4, 8]),
      (.dormandPrince8, 8, [2, 4]),
    ])
  func order(_ method: ButcherTableau, _ order: Double, _ counts: [Int]) throws {
    let delay = Double.pi / 2
    let pull = 0.8 * exp(-delay / 2)
    func error(_ count: Int) throws -> Double {
      let field = DelayField(delay: delay) { _, state, delayed in
        let decaying = state.sliced(0..<1, along: 1) * -1.3 + delayed.sliced(0..<1, along: 1) * pull
        return .concatenated([decaying, -delayed.sliced(1..<2, along: 1)], along: 1)
      }
      func exact(_ t: Double) -> Tensor { Tensor([exp(-t / 2), sin(t)], shape: [1, 2]) }
      let solution = try solve(
        field, history: exact, at: [0, 2, 5.3], method: method, stepsPerDelay: count)
      return max(
        largestError(solution.states[1], exact(2)), largestError(solution.finalState, exact(5.3)))
    }
    let errors = try counts.map(error)
    let found = log2(errors[0] / errors[1])
    #expect(found > order - 0.5 && found < order + 1.5, "\(errors)")
  }

  @Test("Gradients reach initial state, history and parameters, as differences say")
  func gradients() throws {
    let start = Tensor([0.3, -0.8], shape: [2, 1])
    let parameter = Tensor([0.7])
    func end(_ y: Tensor, _ w: Tensor) throws -> Tensor {
      let field = DelayField(delay: 0.5) { t, state, delayed in
        (delayed * w + state * t).tanh - state
      }
      return try solve(
        field, history: { y * (1 + $0) }, at: [0, 1.7], stepsPerDelay: 2
      ).finalState.squared.sum()
    }
    let (y, w) = (start.differentiable(), parameter.differentiable())
    let slopes = gradient(of: try end(y, w), wrt: [y, w])
    for (index, step) in [1e-6, -1e-6].enumerated() where index == 0 {
      for row in 0..<2 {
        var moved = [0.3, -0.8], back = moved
        moved[row] += step
        back[row] -= step
        let slope =
          (try end(Tensor(moved, shape: [2, 1]), parameter).item
            - end(Tensor(back, shape: [2, 1]), parameter).item) / (2 * step)
        #expect(abs(slopes[0].doubles[row] - slope) < 1e-8)
      }
      let slope =
        (try end(start, Tensor([0.7 + step])).item - end(start, Tensor([0.7 - step])).item)
        / (2 * step)
      #expect(abs(slopes[1].item - slope) < 1e-8)
    }
  }

  @Test("What cannot be posed is refused, and what blows up is said")
  func refusals() throws {
    let field = DelayField(delay: 1) { _, state, _ in state * state }
    let one: (Double) -> Tensor = { _ in Tensor.ones([1, 1], dtype: .float64) }
    func refused(_ times: [Double], _ method: ButcherTableau = .dormandPrince, _ count: Int = 2) {
      #expect(throws: ProblemError.self) {
        _ = try solve(field, history: one, at: times, method: method, stepsPerDelay: count)
      }
    }
    refused([])
    refused([0, -1])
    refused([0, 1], .classicalRungeKutta)
    refused([0, 1], .dormandPrince, 0)
    #expect(throws: IntegrationFailure.self) {
      _ = try solve(field, history: one, at: [0, 9], stepsPerDelay: 2)
    }
    let still = try solve(field, history: one, at: [3], stepsPerDelay: 2)
    #expect(still.finalState.item == 1)
  }
}
