import Tensors
import Testing

@Suite("Stages of Runge-Kutta steps of a perceptron")
struct PerceptronStagesTests {
  /// Three stages, one of which skips a term.
  private let coefficients = [[0.5], [0.0, 0.75], [0.2, 0.3, 0.4]]

  private struct Problem {
    let layers: [Tensor]
    let state, derivative: Tensor
    let sizes: [Double]

    var inputs: [Tensor] { [state, derivative] + layers }
    var perceptron: PerceptronStages {
      PerceptronStages(
        firstWeight: layers[0], firstBias: layers[1], secondWeight: layers[2],
        secondBias: layers[3])!
    }

    init(rows: Int, dimension: Int, hidden: Int, dtype: DType) {
      let generator = RandomGenerator(seed: 3, keys: UInt64(rows), UInt64(dimension))
      layers = [[hidden, dimension], [hidden], [dimension, hidden], [dimension]].map {
        generator.normal($0, deviation: 0.4, dtype: dtype).differentiable()
      }
      state = generator.normal([rows, dimension], dtype: dtype).differentiable()
      derivative = generator.normal([rows, dimension], dtype: dtype).differentiable()
      sizes = (0..<rows).map { 0.1 + 0.01 * Double($0) }
    }

    /// The same from recorded operations, one after the other.
    func plainStages(_ coefficients: [[Double]]) -> [Tensor] {
      let steps = Tensor(sizes, shape: [sizes.count, 1]).like(state)
      var slopes = [derivative]
      var point = state
      for row in coefficients {
        point = zip(row, slopes).reduce(state) { $0 + $1.1 * steps * $1.0 }
        let hidden = point.linear(weight: layers[0], bias: layers[1]).tanh
        slopes.append(hidden.linear(weight: layers[2], bias: layers[3]))
      }
      return slopes.dropFirst() + [point]
    }
  }

  @Test(
    "Values and derivatives are those of recorded operations",
    arguments: [(DType.float64, 1e-13), (.float32, 5e-6)],
    [(1, 1, 1), (7, 5, 19), (6, 16, 32), (53, 33, 40)])
  func plain(_ precision: (dtype: DType, tolerance: Double), _ size: (Int, Int, Int)) {
    let problem = Problem(
      rows: size.0, dimension: size.1, hidden: size.2, dtype: precision.dtype)
    let (slopes, last) = problem.perceptron.stages(
      from: problem.state, derivative: problem.derivative, coefficients: coefficients,
      sizes: problem.sizes)
    let expected = problem.plainStages(coefficients)
    let generator = RandomGenerator(seed: 4)
    let seeds = expected.map { generator.normal($0.shape, dtype: $0.dtype) }
    for (a, b) in zip(slopes + [last], expected) {
      #expect(relativeError(a, b) <= precision.tolerance)
    }
    // Of all that is computed together, and of the first stage alone.
    for used in [Array(expected.indices), [0]] {
      func derivatives(_ outputs: [Tensor]) -> [Tensor] {
        let total = used.map { (outputs[$0] * seeds[$0]).sum() }.reduce(
          Tensor(0, dtype: precision.dtype), +)
        return gradient(of: total, wrt: problem.inputs, retaining: true)
      }
      for (a, b) in zip(derivatives(slopes + [last]), derivatives(expected)) {
        #expect(a.shape == b.shape)
        #expect(
          (a - b).magnitude.max().item <= 10 * precision.tolerance * (1 + b.magnitude.max().item))
      }
    }
  }

  @Test(
    "A row is the same to the bit alone and among others", arguments: [DType.float32, .float64])
  func rows(_ dtype: DType) {
    let problem = Problem(rows: 53, dimension: 33, hidden: 40, dtype: dtype)
    let (slopes, last) = problem.perceptron.stages(
      from: problem.state, derivative: problem.derivative, coefficients: coefficients,
      sizes: problem.sizes)
    for row in [0, 5, 23, 24, 52] {
      let alone = problem.perceptron.stages(
        from: problem.state.sliced(row..<row + 1),
        derivative: problem.derivative.sliced(row..<row + 1), coefficients: coefficients,
        sizes: [problem.sizes[row]])
      for (a, b) in zip(alone.derivatives + [alone.last], slopes + [last]) {
        #expect(a.scalarsEqual(b.sliced(row..<row + 1)))
      }
    }
  }

  @Test("Rows that nothing depends on give no derivatives, though they be no numbers")
  func idleRows() {
    let problem = Problem(rows: 3, dimension: 5, hidden: 19, dtype: .float32)
    let broken = Tensor([1, .nan, 1] as [Float], shape: [3, 1])
    let state = problem.state * broken
    let (slopes, last) = problem.perceptron.stages(
      from: state, derivative: problem.derivative, coefficients: coefficients, sizes: problem.sizes)
    let outputs = slopes + [last]
    #expect(!outputs.allSatisfy { $0.isFinite.all().isTrue })
    let total = outputs.map { $0.sliced(0..<1).sum() + $0.sliced(2..<3).sum() }
      .reduce(Tensor(0), +)
    let found = gradient(of: total, wrt: [state, problem.derivative] + problem.layers)
    for derivative in found { #expect(derivative.isFinite.all().isTrue) }
    #expect(found[0].sliced(1..<2).magnitude.max().item == 0)
    #expect(found[2].magnitude.max().item > 0)
  }
}

private func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  (a - b).to(.float64).norm.item / b.to(.float64).norm.item
}

extension Tensor {
  fileprivate func scalarsEqual(_ other: Tensor) -> Bool { bytes == other.bytes }
}
