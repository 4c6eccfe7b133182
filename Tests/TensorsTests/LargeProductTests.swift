import Tensors
import Testing

/// From 2^21 multiplications on, products may be another library's than smaller ones.
@Suite("Products of large matrices")
struct LargeProductTests {
  let generator = RandomGenerator(seed: 12)

  /// Of sums of so many products of normal numbers.
  private func isClose(_ found: Tensor, _ exact: Tensor, terms: Int) -> Bool {
    found.shape == exact.shape
      && (found.to(.float64) - exact).magnitude.max().item
        < 0x1p-22 * Double(terms).squareRoot() * 32
  }

  @Test(
    "Products are exact to rounding on both sides of the size from which they change",
    arguments: [1, 31, 32, 33, 190], [(256, 256), (250, 263)])
  func plain(rows: Int, size: (Int, Int)) {
    let (inputs, outputs) = size
    let x = generator.normal([rows, inputs])
    let weight = generator.normal([outputs, inputs])
    let bias = generator.normal([outputs])
    let exact = x.to(.float64).matmul(weight.to(.float64).transposed)
    #expect(isClose(x.linear(weight: weight), exact, terms: inputs))
    #expect(isClose(x.matmul(weight.transposed), exact, terms: inputs))
    #expect(isClose(x.matmul(weight.transposed.contiguous()), exact, terms: inputs))
    #expect(
      isClose(x.linear(weight: weight, bias: bias), exact + bias.to(.float64), terms: inputs))
    // Recorded ones have derivatives.
    let leaf = x.differentiable()
    let slope = gradient(of: leaf.linear(weight: weight).sum(), wrt: [leaf])[0]
    #expect(isClose(slope[0], weight.to(.float64).sum(along: 0), terms: outputs))
  }

  @Test("Grouped products are exact to rounding, with large, small and empty groups")
  func grouped() {
    let sizes = [130, 0, 3, 64, 33]
    let groups = RowGroups(sizes: sizes)
    let count = sizes.reduce(0, +)
    let (inputs, outputs) = (256, 190)
    let x = generator.normal([count, inputs])
    let y = generator.normal([count, outputs])
    let weights = generator.normal([sizes.count, outputs, inputs])
    let start = generator.normal([count, inputs])
    let sum = start + 0
    let forward = x.groupedLinear(weights, groups: groups, lanes: 1)
    let backward = y.groupedLinearTransposed(weights, groups: groups, lanes: 1)
    let added = y.groupedLinearTransposed(weights, groups: groups, lanes: 1, addingTo: sum)
    let outer = y.groupedOuter(x, groups: groups, lanes: 1)
    for (group, range) in groups.ranges.enumerated() where !range.isEmpty {
      let (a, b) = (x.sliced(range).to(.float64), y.sliced(range).to(.float64))
      let weight = weights[group].to(.float64)
      #expect(isClose(forward.sliced(range), a.matmul(weight.transposed), terms: inputs))
      #expect(isClose(backward.sliced(range), b.matmul(weight), terms: outputs))
      #expect(
        isClose(
          added.sliced(range), b.matmul(weight) + start.sliced(range).to(.float64),
          terms: outputs))
      #expect(isClose(outer[group], b.transposed.matmul(a), terms: range.count))
    }
    #expect(outer[1].magnitude.max().item == 0)
  }

  @Test("Equal rows of one product are equal, wherever they lie")
  func rows() {
    let weight = generator.normal([256, 256])
    let products = generator.normal([1, 256]).expanded([101, 256]).contiguous()
      .linear(weight: weight)
    #expect((products - products.sliced(0..<1)).magnitude.max().item == 0)
  }
}
