import Tensors
import Testing

@Suite("Sums of matrices with gated columns")
struct GatedSumTests {
  @Test(
    "Values and derivatives are those of the plain products",
    arguments: [1, 2], [(1, 1, 1), (3, 5, 7), (4, 6, 100), (2, 3, 257)])
  func plain(terms: Int, size: (Int, Int, Int)) {
    let (groups, rows, columns) = size
    let generator = RandomGenerator(seed: 9)
    let matrices = (0..<terms).map { _ in
      generator.normal([rows, columns], dtype: .float64).differentiable()
    }
    let gates = (0..<terms).map { _ in
      generator.normal([groups, columns], dtype: .float64).differentiable()
    }
    let plain = zip(matrices, gates).map { $0.unsqueezed(0) * $1.unsqueezed(1) }
      .reduce(Tensor.zeros([groups, rows, columns], dtype: .float64), +)
    let found = gatedSum(matrices, gates: gates)
    #expect((found - plain).magnitude.max().item < 1e-14)
    let seed = generator.normal([groups, rows, columns], dtype: .float64)
    for (a, b) in zip(
      gradient(of: found, wrt: matrices + gates, seed: seed),
      gradient(of: plain, wrt: matrices + gates, seed: seed))
    {
      #expect(a.shape == b.shape)
      #expect((a - b).magnitude.max().item < 1e-12)
    }
  }

  @Test("A gate that is constant, and derivatives that are not wanted")
  func partial() {
    let matrix = Tensor([1.0, 2, 3, 4], shape: [2, 2]).differentiable()
    let gates = Tensor([10.0, 100], shape: [1, 2])
    let found = gatedSum([matrix], gates: [gates])
    #expect(found.doubles == [10, 200, 30, 400])
    #expect(gradient(of: found.sum(), wrt: [matrix])[0].doubles == [10, 100, 10, 100])
  }
}
