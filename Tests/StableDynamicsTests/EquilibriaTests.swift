import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Equilibria of least largest cosine")
struct EquilibriaTests {
  private func points(
    _ count: Int, _ dimension: Int, radius: Double = 3, seed: UInt64 = 0, dtype: DType = .float64
  ) -> Tensor {
    Equilibria.leastMaximalCosine(
      count: count, dimension: dimension, radius: radius, generator: RandomGenerator(seed: seed),
      dtype: dtype)
  }

  @Test(
    "Up to d + 1 of them form a regular simplex: every cosine is -1 / (L - 1)",
    arguments: [(2, 1), (2, 2), (3, 2), (5, 4), (10, 9), (10, 64), (40, 256)])
  func simplex(_ count: Int, _ dimension: Int) {
    let radius = 2.5
    let gram = points(count, dimension, radius: radius)
    let products = gram.matmul(gram.transposed)
    let identity = Tensor.identity(count, dtype: .float64)
    let cosine = -1 / Double(count - 1)
    let expected = (identity * (1 - cosine) + cosine) * (radius * radius)
    #expect(largestDifference(products, expected) <= 1e-12 * radius * radius)
    #expect(gram.shape == [count, dimension])
    #expect(abs(Equilibria.maximalCosine(gram) - cosine) <= 1e-12)
  }

  /// Four, six and eight in known optimal places; the icosahedron; Tammes's ten points on a sphere,
  /// at 66.1468° (cosine 0.40439).
  @Test(
    "More are spread out close to the known optimum",
    arguments: [
      (4, 2, 0.0), (6, 2, 0.5), (6, 3, 0.0), (8, 4, 0.0), (12, 3, 0.4472), (10, 3, 0.4044),
    ], 0..<2 as Range<UInt64>)
  func spread(_ optimum: (count: Int, dimension: Int, cosine: Double), _ seed: UInt64) {
    let found = points(optimum.count, optimum.dimension, seed: seed)
    let cosine = Equilibria.maximalCosine(found)
    #expect(cosine >= optimum.cosine - 1e-3, "better than possible: \(cosine)")
    #expect(cosine <= optimum.cosine + 0.03, "\(cosine)")
    #expect(largestDifference(found.norm(along: 1), 3) <= 1e-12)
  }

  @Test("The same seed gives the same points, another seed others", arguments: [(4, 5), (5, 2)])
  func determinism(_ count: Int, _ dimension: Int) {
    let first = points(count, dimension, seed: 7)
    #expect(areIdentical(first, points(count, dimension, seed: 7)))
    #expect(largestDifference(first, points(count, dimension, seed: 8)) > 0.1)
  }

  @Test("In float32 they are the rounded points of float64")
  func single() {
    let rounded = points(10, 64, dtype: .float32)
    #expect(areIdentical(rounded, points(10, 64).to(.float32)))
  }

  @Test("The largest cosine is the largest of the pairs', whatever the norms")
  func cosine() {
    let vectors = Tensor([1.0, 0, 0, 5, -2, -2], shape: [3, 2])
    #expect(abs(Equilibria.maximalCosine(vectors) - 0) <= 1e-15)
    let close = Tensor([1.0, 0, 3, 3, -2, 0], shape: [3, 2])
    #expect(abs(Equilibria.maximalCosine(close) - 0.5.squareRoot()) <= 1e-15)
  }
}
