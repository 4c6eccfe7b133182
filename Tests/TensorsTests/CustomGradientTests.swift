import Tensors
import Testing

@Suite("Hand-written backward passes")
struct CustomGradientTests {
  /// Counts its deaths.
  final class Witness {
    final class Count { var deaths = 0 }
    let count: Count
    let tensor: Tensor
    init(_ count: Count, _ tensor: Tensor) { (self.count, self.tensor) = (count, tensor) }
    deinit { count.deaths += 1 }
  }

  @Test("The graph calls the pass, between recorded operations on both sides")
  func chain() {
    let x = Tensor([1.0, 2]).differentiable()
    let y = withBackward([x * 3]) {
      let squares = (x * 3).squared
      return ([squares], { [$0[0]! * 100] })
    }
    #expect(y[0].doubles == [9, 36])
    #expect(gradient(of: (y[0] * 2).sum(), wrt: [x])[0].doubles == [600, 600])
  }

  @Test("Results that the loss does not reach arrive as nil, inputs without derivative stay zero")
  func several() {
    let (a, b) = (Tensor([1.0]).differentiable(), Tensor([2.0]).differentiable())
    func results() -> [Tensor] {
      withBackward([a, b]) {
        ([a + b, a * b], { given in [given[1].map { $0 * 7 }, nil] })
      }
    }
    let second = optionalGradient(of: results()[1], wrt: [a, b])
    #expect(second[0]?.item == 7 && second[1] == nil)
    let first = optionalGradient(of: results()[0], wrt: [a, b])
    #expect(first[0] == nil && first[1] == nil)
  }

  @Test("The forward pass is not recorded")
  func unrecorded() {
    let x = Tensor([1.0]).differentiable()
    _ = withBackward([x]) {
      #expect(!x.squared.requiresGradient)
      return ([x.squared], { $0 })
    }
  }

  @Test(
    "What the pass captured is freed with the graph, whether it ran or not",
    arguments: [true, false])
  func release(runs: Bool) {
    let count = Witness.Count()
    for _ in 0..<10 {
      let x = Tensor([1.0]).differentiable()
      let witness = Witness(count, x * 2)
      let y = withBackward([x]) { ([x * 2], { [$0[0]! * witness.tensor] }) }
      if runs { #expect(gradient(of: y[0], wrt: [x])[0].item == 2) }
    }
    #expect(count.deaths == 10)
  }

  @Test("Without anything to record, the pass is dropped at once")
  func releaseUnrecorded() {
    let count = Witness.Count()
    let x = Tensor([1.0])
    let y: Tensor
    do {
      let witness = Witness(count, x)
      y = withBackward([x]) { ([x * 2], { [$0[0]! * witness.tensor] }) }[0]
    }
    #expect(count.deaths == 1)
    #expect(y.item == 2 && !y.requiresGradient)
    do {
      let witness = Witness(count, x)
      let leaf = x.differentiable()
      _ = withoutGradients { withBackward([leaf]) { ([leaf * 2], { [$0[0]! * witness.tensor] }) } }
    }
    #expect(count.deaths == 2)
  }
}
