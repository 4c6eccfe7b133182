import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Logarithmic norms for all slopes")
struct LogNormTests {
  private func jacobian(
    _ slopes: ClosedRange<Double>, hasOuter: Bool = true, seed: UInt64 = 1
  ) -> LayeredJacobian {
    let generator = RandomGenerator(seed: seed)
    let inner = generator.normal([hasOuter ? 7 : 4, 4], dtype: .float64)
    return LayeredJacobian(
      outer: hasOuter ? generator.normal([4, 7], dtype: .float64) : nil, inner: inner,
      slopes: slopes)
  }

  /// λ_max of the symmetric part of A S B.
  private func logNorm(_ jacobian: LayeredJacobian, slopes: [Double]) -> Double {
    let identity = Tensor.identity(jacobian.inner.shape[0], dtype: .float64)
    let product = ((jacobian.outer ?? identity) * Tensor(slopes)).matmul(jacobian.inner)
    return ((product + product.transposed) / 2).symmetricEigen.values.max().item
  }

  /// The greatest one at all corners, which is the greatest of all.
  private func greatest(_ jacobian: LayeredJacobian) -> Double {
    let (count, range) = (jacobian.inner.shape[0], jacobian.slopes)
    return (0..<1 << count).map { corner in
      logNorm(
        jacobian,
        slopes: (0..<count).map { corner >> $0 & 1 == 1 ? range.upperBound : range.lowerBound })
    }.max()!
  }

  private func bound(_ jacobian: LayeredJacobian) -> LogNormBound {
    LogNormBound(jacobian, generator: RandomGenerator(seed: 2))
  }

  private func perturbation(
    of jacobian: LayeredJacobian, under bound: Double
  ) -> MinimalPerturbation {
    MinimalPerturbation(jacobian, under: bound, generator: RandomGenerator(seed: 3))
  }

  @Test(
    "The greatest one of all corners lies between the bounds",
    arguments: [0...1, 0.1...1, -1...1, 0.5...0.5], [true, false])
  func bounds(slopes: ClosedRange<Double>, hasOuter: Bool) {
    for seed in 1...3 {
      let jacobian = jacobian(slopes, hasOuter: hasOuter, seed: UInt64(seed))
      let (exact, found) = (greatest(jacobian), bound(jacobian))
      #expect(found.lower <= exact + 1e-9 && exact <= found.upper + 1e-9)
      // What is found from below is the greatest itself here, and the other not far away.
      #expect(found.lower > exact - 0.1 * abs(exact))
      #expect(found.upper < exact + 0.5 * abs(exact))
      if slopes.lowerBound == slopes.upperBound { #expect(found.upper - exact < 1e-9) }
    }
  }

  @Test("Of a single neuron the bound is exact, and the change that of a b ≤ δ")
  func singleNeuron() {
    let jacobian = LayeredJacobian(
      outer: Tensor([2.0], shape: [1, 1]), inner: Tensor([2.0], shape: [1, 1]), slopes: 0...1)
    #expect(abs(bound(jacobian).upper - 4) < 1e-6)
    let changed = perturbation(of: jacobian, under: 1).weights
    // a = b = 1 is nearest to a = b = 2.
    for weight in changed { #expect(abs(weight.item - 1) < 0.01) }
  }

  @Test("Of a linear field the change clips the eigenvalues of the symmetric part")
  func linear() {
    let jacobian = jacobian(1...1, hasOuter: false)
    let w = jacobian.inner
    let (values, vectors) = ((w + w.transposed) / 2).symmetricEigen
    let bound = values.max().item * 0.4
    let excess = (vectors * (values - bound).relu).matmul(vectors.transposed)
    let changed = perturbation(of: jacobian, under: bound).weights[0]
    #expect(largestDifference(changed, w - excess) < 0.01 * excess.norm.item)
  }

  @Test(
    "After the change no slopes have a greater one, and the change is less than a factor's",
    arguments: [true, false])
  func perturbation(hasOuter: Bool) {
    let slopes = hasOuter ? 0...1 : 0.1...1
    let jacobian = jacobian(slopes, hasOuter: hasOuter)
    let before = bound(jacobian).upper
    let goal = 0.3 * greatest(jacobian)
    let found = perturbation(of: jacobian, under: goal)
    let weights = found.weights
    let changed = LayeredJacobian(
      outer: hasOuter ? weights[1] : nil, inner: weights[0], slopes: slopes)
    #expect(greatest(changed) <= goal)
    #expect(found.norm.upper <= goal && found.norm.lower <= greatest(changed) + 1e-9)
    // It is as little as the bound from above allows.
    #expect(found.norm.upper > 0.9 * goal)
    let old = [jacobian.inner] + (hasOuter ? [jacobian.outer!] : [])
    func size(_ tensors: [Tensor]) -> Double {
      tensors.reduce(0) { $0 + $1.squared.sum().item }.squareRoot()
    }
    let factor = hasOuter ? (goal / before).squareRoot() : goal / before
    #expect(size(zip(weights, old).map { $0 - $1 }) < 0.95 * (1 - factor) * size(old))
  }

  @Test("A bound below 0 makes a field with slopes above 0 contract")
  func contraction() {
    let jacobian = jacobian(0.2...1, hasOuter: false)
    let weights = perturbation(of: jacobian, under: -0.5).weights
    let changed = LayeredJacobian(outer: nil, inner: weights[0], slopes: 0.2...1)
    #expect(greatest(changed) <= -0.5)
    #expect(greatest(jacobian) > 0)
  }
}
