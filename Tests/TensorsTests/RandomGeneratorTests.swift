import Tensors
import Testing

@Suite("Random generators")
struct RandomGeneratorTests {
  @Test("Draws are PyTorch's for the same seed")
  func known() {
    // torch.manual_seed(0); torch.rand(5)
    let draws = RandomGenerator(seed: 0).uniform([5]).doubles
    let expected = [0.4963, 0.7682, 0.0885, 0.1320, 0.3074]
    #expect(zip(draws, expected).allSatisfy { abs($0 - $1) < 5e-5 })
  }

  @Test("Equal seeds give equal draws, other seeds and keys others")
  func reproducibility() {
    func draws(_ generator: RandomGenerator) -> [UInt8] {
      generator.normal([40]).bytes + generator.uniform([3], dtype: .float64).bytes
        + generator.permutation(10).bytes + generator.poisson(rates: .full(4, [5])).bytes
    }
    let generators = [
      { RandomGenerator(seed: 1) }, { RandomGenerator(seed: 2) },
      { RandomGenerator(seed: 1, keys: 0) }, { RandomGenerator(seed: 1, keys: 1) },
      { RandomGenerator(seed: 1, keys: 0, 1) }, { RandomGenerator(seed: 1, keys: 1, 0) },
    ]
    for make in generators { #expect(draws(make()) == draws(make())) }
    #expect(Set(generators.map { draws($0()) }).count == generators.count)
  }

  @Test(
    "A restored state continues with the same draws, also in the middle of a pair of normals",
    arguments: [1, 7, 16, 33])
  func restoring(count: Int) {
    let generator = RandomGenerator(seed: 3)
    _ = generator.normal([count])
    let state = generator.state
    let expected = generator.normal([21]).bytes + generator.uniform([5]).bytes
    let other = RandomGenerator(seed: 99)
    other.state = Tensor(bytes: state.bytes, dtype: state.dtype, shape: state.shape)
    #expect(other.normal([21]).bytes + other.uniform([5]).bytes == expected)
  }

  @Test("Ranges, deviations and permutations are what they say")
  func distributions() {
    let generator = RandomGenerator(seed: 4)
    let uniform = generator.uniform([10_000], in: -2..<6).doubles
    #expect(uniform.allSatisfy { (-2..<6).contains($0) })
    #expect(abs(uniform.reduce(0, +) / 10_000 - 2) < 0.12)
    let normal = generator.normal([10_000], mean: 1, deviation: 3, dtype: .float64)
    #expect(abs(normal.mean().item - 1) < 0.15)
    #expect(abs((normal - 1).squared.mean().item / 9 - 1) < 0.07)
    #expect(generator.permutation(50).integers.sorted() == Array(0..<50))
  }
}
