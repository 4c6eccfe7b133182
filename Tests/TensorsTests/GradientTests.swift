import Failures
import Tensors
import Testing

@Suite("Automatic differentiation")
struct GradientTests {
  func matrix(_ generator: RandomGenerator) -> Tensor { generator.normal([3, 3], dtype: .float64) }

  /// Whether two numbers agree relative to the size of what they were computed from.
  func agree(_ a: Double, _ b: Double, scale: Double, tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * max(scale, abs(b), 1)
  }

  @Test(
    "First derivatives are those of central differences",
    arguments: 0..<2 * RandomExpression.operationCount)
  func first(seed: Int) {
    let function = RandomExpression(seed: seed)
    let generator = RandomGenerator(seed: UInt64(1000 + seed))
    let (a, b) = (matrix(generator).differentiable(), matrix(generator).differentiable())
    let (u, v) = (matrix(generator), matrix(generator))
    let value = function(a, b)
    let gradients = gradient(of: value, wrt: [a, b])
    let slope = ((gradients[0] * u).sum() + (gradients[1] * v).sum()).item

    let h = 1e-5
    let above = function(a + u * h, b + v * h).item
    let below = function(a - u * h, b - v * h).item
    #expect(
      agree(slope, (above - below) / (2 * h), scale: abs(value.item), tolerance: 1e-7))
  }

  @Test(
    "Second derivatives are those of central differences of first ones",
    arguments: 0..<2 * RandomExpression.operationCount)
  func second(seed: Int) {
    let function = RandomExpression(seed: seed)
    let generator = RandomGenerator(seed: UInt64(2000 + seed))
    let (a, b) = (matrix(generator).differentiable(), matrix(generator).differentiable())
    let (u, v) = (matrix(generator), matrix(generator))

    func slope(_ a: Tensor, _ b: Tensor, recording: Bool) -> Tensor {
      let gradients = gradient(of: function(a, b), wrt: [a, b], recording: recording)
      return (gradients[0] * u).sum() + (gradients[1] * v).sum()
    }
    let first = slope(a, b, recording: true)
    let curvatures = gradient(of: first, wrt: [a, b])
    let curvature = ((curvatures[0] * u).sum() + (curvatures[1] * v).sum()).item

    let h = 1e-5
    let above = slope((a + u * h).differentiable(), (b + v * h).differentiable(), recording: false)
    let below = slope((a - u * h).differentiable(), (b - v * h).differentiable(), recording: false)
    let difference = (above.item - below.item) / (2 * h)
    #expect(agree(curvature, difference, scale: abs(first.item), tolerance: 1e-6))
  }

  @Test("A seed weights the outputs; an input without influence has zeros or nil")
  func seeds() {
    let x = Tensor([1.0, 2, 3]).differentiable()
    let other = Tensor([5.0]).differentiable()
    let gradients = gradient(of: x.squared, wrt: [x, other], seed: Tensor([1.0, 0, -1]))
    #expect(gradients[0].doubles == [2, 0, -6])
    #expect(gradients[1].doubles == [0])
    let optional = optionalGradient(of: x.sum(), wrt: [other, x])
    #expect(optional[0] == nil && optional[1]?.doubles == [1, 1, 1])
  }

  @Test("A retained graph is differentiated again")
  func retaining() {
    let x = Tensor([2.0]).differentiable()
    let y = x.squared * x
    #expect(gradient(of: y, wrt: [x], retaining: true)[0].item == 12)
    #expect(gradient(of: y, wrt: [x])[0].item == 12)
  }

  @Test("Nothing is recorded within withoutGradients, which withGradients undoes and errors leave")
  func recording() {
    struct Failure: Error {}
    let x = Tensor([2.0]).differentiable()
    withoutGradients {
      #expect(!x.squared.requiresGradient)
      withGradients { #expect(x.squared.requiresGradient) }
      #expect(!x.squared.requiresGradient)
    }
    #expect(throws: Failure.self) { try withoutGradients { throw Failure() } }
    #expect(x.squared.requiresGradient)
    #expect(!x.squared.detached.requiresGradient)
  }

  @Test("adding(_:weights:) is the sum of its terms, and linear in each")
  func linearCombination() {
    let generator = RandomGenerator(seed: 0)
    for (shape, transposed) in [([5, 700], false), ([5, 7], true), ([], false), ([0, 3], false)] {
      let tensors = (0..<4).map { _ -> Tensor in
        let tensor = generator.normal(shape, dtype: .float64)
        return (transposed ? tensor.transposed : tensor).differentiable()
      }
      let weights = [0.5, 0, -3]
      let sum = tensors[0].adding(Array(tensors[1...]), weights: weights)
      let expected = tensors[0] + tensors[1] * 0.5 + tensors[3] * -3.0
      #expect(zip(sum.doubles, expected.doubles).allSatisfy { abs($0 - $1) <= 1e-14 })

      let seed = generator.normal(sum.shape, dtype: .float64)
      let gradients = gradient(of: sum, wrt: tensors, seed: seed)
      for (gradient, weight) in zip(gradients, [1] + weights) {
        #expect(gradient.doubles == (seed * weight).doubles)
      }
    }
    #expect(Tensor([1.0, 2]).adding([], weights: []).doubles == [1, 2])
  }
}
