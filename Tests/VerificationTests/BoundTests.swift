import Tensors
import Testing

@testable import Verification

/// Every way to bound.
let boundMethods: [any BoundMethod] = [
  IntervalBounds(), LinearBounds(), BackwardBounds(), MeanValueBounds(),
]

@Suite("Bounds of programs over boxes")
struct BoundTests {
  /// N boxes around places in [-1, 1]^d with sides of up to `width`.
  static func boxes(_ count: Int, dimension: Int, width: Double, seed: UInt64) -> Boxes {
    let generator = RandomGenerator(seed: seed)
    let center = generator.uniform([count, dimension], in: -1..<1, dtype: .float64)
    let half = generator.uniform([count, dimension], in: 0..<width / 2, dtype: .float64)
    return Boxes(lower: center - half, upper: center + half)
  }

  /// A place in each box.
  static func places(in boxes: Boxes, seed: UInt64) -> Tensor {
    let share = RandomGenerator(seed: seed).uniform(boxes.lower.shape, in: 0..<1, dtype: .float64)
    return (boxes.lower + boxes.widths * share).maximum(boxes.lower).minimum(boxes.upper)
  }

  @Test("What no rounding can blur: bounds of x² - y over a box", arguments: 0..<4)
  func exact(_ method: Int) {
    let x = Term.state(2)
    let program = Program(dimension: 2, outputs: [x[0].squared - x[1]])
    let box = Boxes([0...1, 1...3])
    let range = boundMethods[method].enclosures(of: program, over: box)[0].range
    // The truth is [-3, 0]; the mean value form and affine forms give a little more.
    #expect(range.lower.item <= -3 && range.lower.item >= -3.51)
    #expect(range.upper.item >= 0 && range.upper.item <= 0.51)
  }

  /// 1 + (m - 1) δ of an x that is 1, with δ so small that adding it to 1 changes nothing: sums of m terms that
  /// all are rounded the same way, forwards (an affine map) or backwards (its transpose, what is selected
  /// often, a factor of all components).
  @Test("Long sums whose terms all are lost in rounding lie within the bounds", arguments: 0..<4)
  func longSums(_ method: Int) {
    let m = 1 << 15
    let delta = 0x1p-54
    let weights = [1.0] + [Double](repeating: delta, count: m - 1)
    let (row, column) = (Tensor(weights, shape: [1, m]), Tensor(weights, shape: [m, 1]))
    let ones = Tensor.ones([m, 1], dtype: .float64)
    let x = Term.state(1)
    let terms = [
      x.linear(weight: ones).linear(weight: row), x.linear(weight: column).sum,
      x.selecting([Int](repeating: 0, count: m)).linear(weight: row),
      (x * x.linear(weight: ones)).linear(weight: row),
    ]
    let program = Program(dimension: 1, outputs: terms)
    let excess = Double(m - 1) * delta
    for (index, found) in boundMethods[method]
      .enclosures(of: program, over: Boxes([1...1])).enumerated()
    {
      #expect(found.range.upper.item - 1 >= excess, "\(index)")
      #expect(found.range.lower.item - 1 <= excess, "\(index)")
    }
  }

  @Test("Values at random places lie within the bounds of every method", arguments: 0..<4)
  func contained(_ method: Int) {
    for (index, sample) in SampleTerms.all.enumerated() {
      let program = Program(dimension: sample.dimension, outputs: [sample.term])
      for width in [1.0, 1e-2, 1e-6, 0] {
        let boxes = Self.boxes(
          100, dimension: sample.dimension, width: width, seed: UInt64(index))
        let range = boundMethods[method].enclosures(of: program, over: boxes)[0].range
        for seed in 0..<4 as Range<UInt64> {
          let value = program.values(at: Self.places(in: boxes, seed: seed))[0]
          #expect(
            ((value .>= range.lower) .& (value .<= range.upper)).all().isTrue,
            "\(boundMethods[method]) of \(sample.name), width \(width)")
        }
      }
    }
  }

  @Test("Linear bounds are right to second order, intervals to first", arguments: 0..<4)
  func order(_ method: Int) {
    var ratios: [Double] = []
    for (index, sample) in SampleTerms.smooth.enumerated() {
      let program = Program(dimension: sample.dimension, outputs: [sample.term])
      // The excess over the range that the linear part alone has.
      let excess = [1e-2, 1e-3].map { width in
        let center = Self.boxes(50, dimension: sample.dimension, width: 0, seed: UInt64(index))
          .lower
        let boxes = Boxes(lower: center - width / 2, upper: center + width / 2)
        let range = boundMethods[method].enclosures(of: program, over: boxes)[0].range
        let slopes = program.terms[0].gradient(dimension: sample.dimension)
        let linear =
          Program(dimension: sample.dimension, outputs: [slopes]).values(at: center)[0]
          .magnitude.sum(along: 1, keeping: true) * width
        return (range.upper - range.lower - linear).max().item
      }
      ratios.append((excess[1] - 1e-11) / max(excess[0].magnitude, 1e-9))
    }
    #expect(method == 0 ? ratios.max()! > 0.05 : ratios.max()! < 0.02, "\(ratios)")
  }

  @Test("A point is enclosed to rounding", arguments: 0..<4)
  func points(_ method: Int) {
    for (index, sample) in SampleTerms.all.enumerated() {
      let program = Program(dimension: sample.dimension, outputs: [sample.term])
      let boxes = Self.boxes(50, dimension: sample.dimension, width: 0, seed: UInt64(index))
      let range = boundMethods[method].enclosures(of: program, over: boxes)[0].range
      #expect(
        ((range.upper - range.lower) / (range.magnitude + 1)).max().item < 1e-11,
        "\(boundMethods[method]) of \(sample.name)")
    }
  }
}
