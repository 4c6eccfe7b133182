import Tensors
import Testing

@Suite("Batches of one size")
struct FixedBatchTests {
  private let rows = FixedBatch.rows

  @Test("Whole batches in order, the last filled up with its last row", arguments: [1, 32, 33, 70])
  func batches(_ count: Int) {
    let samples = Tensor((0..<2 * count).map(Double.init), shape: [count, 2])
    var seen: [Double] = []
    FixedBatch.forEach(in: samples) { batch, used in
      #expect(batch.shape == [rows, 2])
      let first = batch.sliced(0..<1, along: 1).squeezed(1).doubles
      seen += first.prefix(used)
      #expect(first.dropFirst(used).allSatisfy { $0 == seen.last })
    }
    #expect(seen == (0..<count).map { Double(2 * $0) })
  }

  @Test(
    "Several batches at once hold the same rows, the last filled up to a whole batch",
    arguments: [(32, [32]), (33, [64]), (128, [128]), (170, [128, 64])])
  func wide(_ count: Int, _ sizes: [Int]) {
    let samples = Tensor((0..<count).map(Double.init), shape: [count, 1])
    var (seen, taken): ([Double], [Int]) = ([], [])
    FixedBatch.forEach(in: samples, most: 4 * rows) { batch, used in
      taken.append(batch.shape[0])
      seen += batch.squeezed(1).doubles.prefix(used)
    }
    #expect(taken == sizes)
    #expect(seen == (0..<count).map(Double.init))
    #expect(FixedBatch.map(samples, most: 4 * rows) { $0 * 2 }.doubles == seen.map { $0 * 2 })
  }

  @Test("A function of rows is what it is on all at once, and so is its derivative")
  func derivative() {
    let samples = RandomGenerator(seed: 1).normal([41, 3], dtype: .float64).differentiable()
    let seed = RandomGenerator(seed: 2).normal([41, 3], dtype: .float64)
    func function(_ x: Tensor) -> Tensor { x.squared.sin }
    let (found, expected) = (FixedBatch.map(samples, function), function(samples))
    #expect((found - expected).magnitude.max().item < 1e-15)
    let slopes = [found, expected].map { gradient(of: $0, wrt: [samples], seed: seed)[0] }
    #expect((slopes[0] - slopes[1]).magnitude.max().item < 1e-15)
  }

  // Of MKL; other libraries are not known to promise as much.
  #if arch(x86_64)
    @Test(
      "Equal rows of a product are equal to the bit at any place, whatever the widths",
      arguments: [DType.float32, .float64], [1, 2, 3, 5, 7, 10, 33, 65])
    func places(_ dtype: DType, _ inputs: Int) {
      for outputs in [1, 2, 3, 5, 10, 17, 65] {
        let generator = RandomGenerator(seed: UInt64(inputs * 100 + outputs))
        let weight = generator.normal([outputs, inputs], dtype: dtype)
        for product in [
          { (x: Tensor) in x.linear(weight: weight) },
          { $0.matmul(weight.transposed.contiguous()) },
        ] {
          let row = generator.normal([1, inputs], dtype: dtype)
          let results = (0..<rows).map { place in
            product(
              generator.normal([rows, inputs], dtype: dtype).replacing(
                at: Tensor([Int64(place)]), with: row))[place].bytes
          }
          #expect(Set(results).count == 1, "\(outputs) outputs")
        }
      }
    }
  #endif
}
