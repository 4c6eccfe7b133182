import Foundation
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("W = 1 - e^-V and its logits")
struct ZubovTransformTests {
  /// float32 numbers, so that float64 sees the same.
  static let values = geometric(600, from: 1e-8, to: 200).map(Float.init)

  /// ln(1/W - α).
  private func logit(_ v: Double, _ alpha: Double) -> Double {
    log1p(alpha * expm1(-v)) - log(-expm1(-v))
  }

  @Test("W and W^β are right in float32 to the last digits", arguments: [1, 0.85, 2])
  func region(beta: Double) {
    let found = ZubovTransform.region(Tensor(Self.values), exponent: beta).doubles
    for (v, w) in zip(Self.values, found) {
      let expected = -expm1(-beta * Double(v))
      #expect(abs(w - expected) <= 3e-7 * expected)
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test(
    "Logits are ln(1/W - α) from 1e-6 on, and its value there below", arguments: [0, 0.5, 0.99])
  func logits(alpha: Double) {
    let found = ZubovTransform.logits(Tensor(Self.values), margin: alpha).doubles
    for (v, logit) in zip(Self.values, found) {
      let expected = self.logit(max(Double(v), 1e-6), alpha)
      // The rounding of 1 - α + α e^-V, as a share of it.
      let rounding = 2e-7 / (1 - alpha + alpha * exp(-Double(v)))
      #expect(abs(logit - expected) <= 1e-6 + 1e-6 * abs(expected) + rounding)
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 >= $1 - 2e-6 })
    #expect(found.first! > 13 && abs(found.last! - log1p(-alpha)) <= 1e-5)
  }

  @Test("Gradients are finite everywhere and those of the closed form", arguments: [0, 0.5, 0.99])
  func slopes(alpha: Double) {
    let inputs = [0] + Self.values + [1e4, .infinity]
    let v = Tensor(inputs).differentiable()
    let found = gradient(of: ZubovTransform.logits(v, margin: alpha).sum(), wrt: [v])[0].doubles
    for (value, slope) in zip(inputs.map(Double.init), found) {
      #expect(slope.isFinite && slope <= 0)
      if value < 1e-6 {
        #expect(slope == 0)
      } else if value > 1.1e-6 && value.isFinite {
        let e = exp(-value)
        let expected = -alpha * e / (1 - alpha + alpha * e) + e / expm1(-value)
        #expect(abs(slope - expected) <= 2e-5 * abs(expected) + 1e-7)
      }
    }
    let regions = gradient(of: ZubovTransform.region(v, exponent: 0.85).sum(), wrt: [v])[0].doubles
    for (value, slope) in zip(inputs.map(Double.init), regions) {
      #expect(abs(slope - 0.85 * exp(-0.85 * value)) <= 2e-7)
    }
  }

  @Test(
    "The boundary value is where W reaches the level", arguments: [1e-9, 0.1, 0.5, 0.95, 0.999])
  func level(level: Double) {
    let value = ZubovTransform.value(atLevel: level)
    #expect(abs(ZubovTransform.region(Tensor([value])).item - level) <= 1e-15)
    #expect(abs(value + log(1 - level)) <= 1e-7 * value)
  }

  @Test(
    "The largest logit is that of the least V, until all saturate",
    arguments: 0..<5 as Range<UInt64>)
  func decisions(seed: UInt64) {
    let generator = RandomGenerator(seed: seed)
    let values = generator.uniform([400, 10], in: 0.01..<8)
    for alpha in [0, 0.5, 0.99] {
      let logits = ZubovTransform.logits(values, margin: alpha)
      #expect(logits.argMax(along: 1).integers == values.argMin(along: 1).integers)
    }
    // Far away float32 cannot tell the classes apart any more, which is why V decides.
    let far = ZubovTransform.logits(values + 60, margin: 0.99)
    #expect(far.max().item == far.min().item)
  }
}
