import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite("Fractional differential equations")
struct FractionalTests {
  private func final(
    _ order: Double, _ steps: Int, to end: Double, from start: Double,
    _ rates: @escaping (Double, Tensor) -> Tensor
  ) throws -> Double {
    let initial = Tensor([start], shape: [1, 1])
    return try solve(
      FractionalField(order: order, rates), from: initial, to: end, steps: steps
    ).finalState.item
  }

  /// D^α y = 2 t^(2 - α) / Γ(3 - α) + t² - y has y = t².
  @Test("The order is min(2, 1 + α) where the derivative is smooth", arguments: [0.3, 0.6, 1.0])
  func order(_ alpha: Double) throws {
    func error(_ steps: Int) throws -> Double {
      abs(
        try final(alpha, steps, to: 1.5, from: 0) { t, y in
          -y + (2 * pow(t, 2 - alpha) / tgamma(3 - alpha) + t * t)
        } - 2.25)
    }
    let found = log2(try error(40) / error(80))
    #expect(found > 0.9 + alpha && found < 1.5 + alpha, "\(found)")
  }

  /// E_α(z) = Σ z^k / Γ(αk + 1).
  private func mittagLeffler(_ alpha: Double, _ z: Double) -> Double {
    (0..<120).map { k in
      let size = exp(Double(k) * log(abs(z)) - lgamma(alpha * Double(k) + 1))
      return z < 0 && k % 2 == 1 ? -size : size
    }.reduce(0, +)
  }

  @Test("D^α y = -y relaxes as Mittag-Leffler's function", arguments: [0.4, 0.7, 1.0])
  func relaxation(_ alpha: Double) throws {
    let exact = mittagLeffler(alpha, -1)
    #expect(alpha < 1 || abs(exact - exp(-1)) < 1e-12)
    let errors = try [50, 200].map { steps in
      abs(try final(alpha, steps, to: 1, from: 1) { -$1 } - exact)
    }
    #expect(errors[1] < 1e-3 && errors[1] < errors[0] / 3, "\(errors)")
  }

  @Test("For α = 1 it is Heun's method on a plain equation, to the order")
  func plain() throws {
    let found = try final(1, 400, to: 2, from: 0.5) { t, y in (y + t).sin }
    let exact = try solve(
      { (t: Double, y: Tensor) in (y + t).sin }, from: Tensor([0.5], shape: [1, 1]), at: [0, 2],
      steps: .adaptive(1e-11)
    ).finalState.item
    #expect(abs(found - exact) < 1e-5)
  }

  @Test("Gradients are those of differences, and what cannot be posed is refused")
  func gradients() throws {
    func end(_ w: Tensor) throws -> Tensor {
      let initial = w * Tensor([1.0, -2], shape: [2, 1])
      return try solve(
        FractionalField(order: 0.6) { t, y in (y * w).tanh + t }, from: initial, to: 1, steps: 9
      ).finalState.squared.sum()
    }
    let w = Tensor([0.7]).differentiable()
    let slope = gradient(of: try end(w), wrt: [w])[0].item
    let difference = (try end(Tensor([0.7 + 1e-6])).item - end(Tensor([0.7 - 1e-6])).item) / 2e-6
    #expect(abs(slope - difference) < 1e-8)
    let one = Tensor.ones([1, 1], dtype: .float64)
    let still = FractionalField(order: 0.5) { _, y in y * 0 }
    #expect(throws: ProblemError.self) { _ = try solve(still, from: one, to: -1, steps: 4) }
    #expect(throws: ProblemError.self) { _ = try solve(still, from: one, to: 1, steps: 0) }
    #expect(throws: IntegrationFailure.self) {
      _ = try solve(
        FractionalField(order: 0.9) { _, y in y.exp }, from: one * 5, to: 9, steps: 40)
    }
  }
}
