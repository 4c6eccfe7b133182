import Tensors
import Testing

@Suite("Recomputed functions")
struct RecomputationTests {
  private let weight = RandomGenerator(seed: 1).normal([5, 5]).differentiable()
  private let point = RandomGenerator(seed: 2).normal([7, 5]).differentiable()
  private let step = Tensor(0.1).differentiable()

  /// Two results: one of all inputs, one of the point alone.
  private func flow(_ inputs: [Tensor]) -> [Tensor] {
    let (x, w, h) = (inputs[0], inputs[1], inputs[2])
    return [(0..<4).reduce(x) { y, _ in y + y.matmul(w).tanh * h }, x.squared]
  }

  private func bits(_ tensors: [Tensor]) -> [[UInt64]] {
    tensors.map { $0.doubles.map(\.bitPattern) }
  }

  @Test("Values and derivatives are those of the plain function, to the bit")
  func exact() {
    let inputs = [point, weight, step]
    let (plain, again) = (flow(inputs), recomputed(inputs, flow))
    #expect(bits(plain) == bits(again))
    func derivatives(_ results: [Tensor]) -> [Tensor] {
      gradient(of: (results[0].squared.sum() + results[1].sum()), wrt: inputs)
    }
    #expect(bits(derivatives(plain)) == bits(derivatives(again)))
  }

  @Test("Only what the loss reaches is differentiated, and only for inputs that ask")
  func selective() {
    let fixed = weight.detached
    let results = recomputed([point, fixed, step], flow)
    let second = optionalGradient(of: results[1].sum(), wrt: [point, step])
    #expect(bits([second[0]!]) == bits([point.detached * 2]))
    #expect(second[1] == nil)
  }

  @Test("Evaluated once more for the derivative, and but once where nothing is recorded")
  func evaluations() {
    final class Count { var calls = 0 }
    let count = Count()
    func counted(_ inputs: [Tensor]) -> [Tensor] {
      count.calls += 1
      return [inputs[0].exp]
    }
    let result = recomputed([point], counted)[0]
    #expect(count.calls == 1)
    _ = gradient(of: result.sum(), wrt: [point])
    #expect(count.calls == 2)
    #expect(withoutGradients { recomputed([point], counted) }[0].requiresGradient == false)
    #expect(recomputed([point.detached], counted)[0].requiresGradient == false)
    #expect(count.calls == 4)
  }

  @Test("One inside another")
  func nested() {
    let plain = flow([flow([point, weight, step])[0], weight, step])[0].sum()
    let nested = recomputed([point, weight, step]) { inputs in
      let inner = recomputed(inputs, flow)[0]
      return recomputed([inner, inputs[1], inputs[2]], flow)
    }[0].sum()
    let expected = gradient(of: plain, wrt: [weight])[0]
    let found = gradient(of: nested, wrt: [weight])[0]
    // Contributions to the weight are added in another order.
    #expect((found - expected).norm.item <= 1e-6 * expected.norm.item)
  }
}
