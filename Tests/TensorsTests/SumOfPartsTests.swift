import Tensors
import Testing

@Suite("Sums differentiated part by part")
struct SumOfPartsTests {
  private let matrices = RandomGenerator(seed: 3).normal([6, 4, 3], dtype: .float64)
  private let scales = RandomGenerator(seed: 4).normal([6], dtype: .float64)
  private let offsets = RandomGenerator(seed: 5).normal([6, 4], dtype: .float64)

  /// Of part p, with the scale of the second part of a range twice that of the first.
  private func part(_ p: Int, _ slices: [Tensor]) -> Tensor {
    let rows = (slices[0].sum(along: 2) + slices[2]).tanh.sum(along: 1)
    return (rows * slices[1]).sum() * Double(p + 1)
  }

  @Test(
    "Value and derivatives are those of the whole graph",
    arguments: [[0..<6], [0..<2, 2..<6], [0..<1, 0..<1, 2..<4, 2..<4, 5..<6], [1..<2]])
  func exact(_ ranges: [Range<Int>]) {
    let inputs = [matrices.differentiable(), scales.differentiable(), offsets]
    let whole = ranges.enumerated().map { p, range in
      part(p, inputs.map { $0.sliced(range) })
    }.reduce(Tensor.zeros([], dtype: .float64), +)
    let parts = sumOfParts(inputs, over: ranges, part)
    #expect(abs(whole.item - parts.item) < 1e-12)
    let wanted = Array(inputs.prefix(2))
    for (a, b) in zip(
      gradient(of: whole * 3, wrt: wanted), gradient(of: parts * 3, wrt: wanted))
    {
      #expect((a - b).magnitude.max().item < 1e-12)
    }
  }

  @Test("One part's graph is held at a time")
  func released() {
    final class Count { var (held, most) = (0, 0) }
    final class Witness {
      let count: Count
      init(_ count: Count) {
        self.count = count
        count.held += 1
        count.most = max(count.most, count.held)
      }
      deinit { count.held -= 1 }
    }
    let count = Count()
    let sum = sumOfParts([scales.differentiable()], over: (0..<6).map { $0..<$0 + 1 }) {
      _, slices in
      withBackward(slices) {
        let witness = Witness(count)
        return (
          [slices[0].sum()],
          { seeds in withExtendedLifetime(witness) { [seeds[0]!.reshaped([1])] } }
        )
      }[0]
    }
    #expect(count.most == 1 && count.held == 0)
    #expect(sum.requiresGradient)
  }

  @Test("Where nothing is recorded, nothing is differentiated")
  func unrecorded() {
    let sum = withoutGradients {
      sumOfParts([scales.differentiable()], over: [0..<3, 3..<6]) { _, slices in
        #expect(!slices[0].requiresGradient)
        return slices[0].sum()
      }
    }
    #expect(!sum.requiresGradient)
    #expect(abs(sum.item - scales.sum().item) < 1e-12)
  }
}
