import Tensors
import Testing

@Suite("Linear algebra that is recorded")
struct LinearAlgebraTests {
  let generator = RandomGenerator(seed: 31)

  /// Three well-conditioned symmetric positive definite matrices.
  func positiveDefinite() -> Tensor {
    let a = generator.normal([3, 4, 4], dtype: .float64)
    return a.matmul(a.transposed) + Tensor.identity(4, dtype: .float64)
  }

  func largest(_ x: Tensor) -> Double { x.magnitude.max().item }

  /// The derivative of Σ u f(x) along v against a central difference.
  func check(_ x: Tensor, _ f: (Tensor) -> Tensor) {
    let u = generator.normal(f(x).shape, dtype: .float64)
    let v = generator.normal(x.shape, dtype: .float64)
    let leaf = x.differentiable()
    let slope = (gradient(of: (u * f(leaf)).sum(), wrt: [leaf])[0] * v).sum().item
    let h = 1e-6
    let difference = ((f(x + v * h) - f(x - v * h)) * u).sum().item / (2 * h)
    #expect(abs(slope - difference) <= 1e-6 * max(1, abs(difference)))
  }

  @Test("Cholesky factors multiply to the matrix and are lower triangular; slopes are right")
  func cholesky() {
    let a = positiveDefinite()
    let factor = a.cholesky
    #expect(largest(factor.matmul(factor.transposed) - a) <= 1e-13)
    #expect(largest(factor - factor.lowerTriangle) == 0)
    check(a) { (($0 + $0.transposed) * 0.5).cholesky }
  }

  @Test("A matrix that is not positive definite has no factor; others of the batch keep theirs")
  func notPositiveDefinite() {
    let good = Tensor.identity(2, dtype: .float64) * 4
    let bad = Tensor([1.0, 2, 2, 1], shape: [2, 2])
    let factors = Tensor.stacked([good, bad]).cholesky
    #expect(factors[0].doubles == [2, 0, 0, 2])
    #expect(factors[1].doubles.allSatisfy { $0.isNaN })
  }

  @Test(
    "Triangular systems are solved from either side, whatever stands in the other triangle",
    arguments: [false, true], [false, true])
  func triangular(isUpper: Bool, fromRight: Bool) {
    let full = positiveDefinite()
    let triangle = isUpper ? full.upperTriangle : full.lowerTriangle
    let right = generator.normal(fromRight ? [3, 2, 4] : [3, 4, 2], dtype: .float64)
    let x = full.triangularSolution(right, isUpper: isUpper, fromRight: fromRight)
    let back = fromRight ? x.matmul(triangle) : triangle.matmul(x)
    #expect(largest(back - right) <= 1e-12)
    check(full) { $0.triangularSolution(right, isUpper: isUpper, fromRight: fromRight) }
  }

  @Test("Solutions and inverses, of one matrix and of batches")
  func solutions() {
    let a = generator.normal([3, 4, 4], dtype: .float64) + Tensor.identity(4, dtype: .float64) * 4
    let right = generator.normal([3, 4, 4], dtype: .float64)
    #expect(largest(a.matmul(a.solution(right)) - right) <= 1e-12)
    #expect(largest(a.inverse.matmul(a) - Tensor.identity(4, dtype: .float64)) <= 1e-12)
    #expect(largest(a[0].solution(right[0]) - a.solution(right)[0]) <= 1e-12)
    check(a) { $0.solution(right) }
    check(a) { $0.inverse }
    let singular = Tensor([1.0, 2, 2, 4], shape: [2, 2])
    #expect(!singular.inverse.isFinite.all().integers.contains(1))
  }

  @Test("A product is added to a matrix or to each of a batch", arguments: [[], [3]])
  func productsAdded(batch: [Int]) {
    let (base, a, b) = (
      generator.normal(batch + [2, 5], dtype: .float64),
      generator.normal(batch + [2, 4], dtype: .float64),
      generator.normal(batch + [4, 5], dtype: .float64)
    )
    let sum = base.adding(productOf: a, b, weight: -2)
    #expect(largest(sum - (base - a.matmul(b) * 2)) <= 1e-14)
    check(a) { base.adding(productOf: $0, b, weight: -2) }
    check(b) { base.adding(productOf: a, $0, weight: -2) }
  }

  @Test("Pairs of channels are sorted after the bias; ties keep their places")
  func pairs() {
    let x = Tensor([1.0, 2, 3, 4, 5, 0, 0, 0], shape: [2, 4])
    let bias = Tensor([0.0, 10, 1, 0])
    // Rows (1, 12 | 4, 4) and (5, 10 | 1, 0).
    #expect(x.pairsSorted(bias: bias).doubles == [4, 12, 1, 4, 5, 10, 1, 0])
    let leaf = Tensor([1.0, 1], shape: [1, 2]).differentiable()
    let tied = (leaf.pairsSorted(bias: Tensor([0.0, 0])) * Tensor([3.0, 5])).sum()
    #expect(gradient(of: tied, wrt: [leaf])[0].doubles == [3, 5])
  }

  @Test(
    "Slopes through sorted pairs, first and second, also with respect to the bias",
    arguments: [DType.float64, .float32])
  func pairSlopes(dtype: DType) {
    // Wide rows, so that vectors of every width take part, and an odd number of pairs.
    let x = generator.normal([5, 3, 62], dtype: .float64).to(dtype)
    let bias = generator.normal([62], dtype: .float64).to(dtype)
    let u = generator.normal([5, 3, 62], dtype: .float64).to(dtype)
    func plain(_ x: Tensor, _ bias: Tensor) -> Tensor {
      let z = x + bias
      let (a, b) = (z.sliced(0..<31, along: 2), z.sliced(31..<62, along: 2))
      return .concatenated([a.maximum(b), a.minimum(b)], along: 2)
    }
    let slopes = [plain, { $0.pairsSorted(bias: $1) }].map { f -> [Tensor] in
      let (p, q) = (x.differentiable(), bias.differentiable())
      let first = gradient(of: (f(p, q).squared * u).sum(), wrt: [p, q], recording: true)
      let second = gradient(of: (first[0].squared * u).sum() + first[1].squared.sum(), wrt: [p, q])
      return [f(x, bias)] + first.map(\.detached) + second
    }
    for (expected, found) in zip(slopes[0], slopes[1]) {
      let scale = max(1, largest(expected))
      #expect(largest(expected - found) <= (dtype == .float64 ? 1e-13 : 1e-5) * scale)
    }
  }
}
