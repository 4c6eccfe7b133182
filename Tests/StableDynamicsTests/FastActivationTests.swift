import DynamicsTestSupport
import Foundation
import Tensors
import TestSupport
import Testing

/// The float32 activations of the fused passes, against float64.
@Suite("Fast activations")
struct FastActivationTests {
  /// Both signs of numbers of all sizes, and a dense grid where the curves bend.
  static let inputs: [Float] = {
    let sizes = geometric(4000, from: 1e-7, to: 1e4).map(Float.init)
    return sizes + sizes.map { -$0 } + (-8000...8000).map { Float($0) / 400 }
  }()

  private func softplus(_ inputs: [Float]) -> (values: [Double], slopes: [Double]) {
    let rows = Tensor(inputs, shape: [1, inputs.count])
    let (values, slopes) = rows.softplusLanes(
      bias: .zeros([1, inputs.count]), groups: RowGroups(sizes: [1]), lanes: 1)
    return (values.doubles, slopes.doubles)
  }

  @Test("tanh is right to 6e-7 of its value, for numbers of any size")
  func hyperbolicTangent() {
    let found = Tensor(Self.inputs).fastTanh.doubles
    var worst = 0.0
    for (x, value) in zip(Self.inputs, found) where x != 0 {
      let expected = Foundation.tanh(Double(x))
      worst = max(worst, abs(value - expected) / abs(expected))
    }
    #expect(worst <= 6e-7)
    #expect(found.allSatisfy { abs($0) <= 1 })
  }

  @Test("softplus is right to 2e-7 of max(1, its value), and its slope to 2e-7")
  func softplus() {
    let (values, slopes) = softplus(Self.inputs)
    var worst = (value: 0.0, slope: 0.0)
    for (index, input) in Self.inputs.enumerated() {
      let x = Double(input)
      let expected = max(x, 0) + log1p(exp(-abs(x)))
      worst.value = max(worst.value, abs(values[index] - expected) / max(1, expected))
      worst.slope = max(worst.slope, abs(slopes[index] - 1 / (1 + exp(-x))))
    }
    #expect(worst.value <= 2e-7)
    #expect(worst.slope <= 2e-7)
    #expect(values.allSatisfy { $0 >= 0 } && slopes.allSatisfy { (0...1).contains($0) })
  }

  private func plainSoftplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  @Test(
    "What softplus rises above its value at a bias is right to its own size, and 0 at 0",
    arguments: [(DType.float32, 2e-6), (.float64, 2e-13)])
  func rise(_ precision: (dtype: DType, bound: Double)) {
    let sizes = geometric(200, from: 1e-12, to: 60)
    let rises = [0] + sizes + sizes.map { -$0 }
    for bias in [-30, -3, -0.4, 0, 0.7, 5, 15] {
      let rows = Tensor(rises, shape: [rises.count, 1]).to(precision.dtype)
      let lanes = Tensor.stacked([rows, .ones(like: rows)], along: 1).reshaped([-1, 1])
      let biases = Tensor.full(bias, [1, 1], dtype: precision.dtype)
      let groups = RowGroups(sizes: [rises.count])
      let (found, slopes) = rows.softplusLanes(bias: biases, groups: groups, lanes: 1, isRise: true)
      let (both, others) = lanes.softplusLanes(bias: biases, groups: groups, lanes: 2, isRise: true)
      let pairs = both.reshaped([-1, 2])
      #expect(pairs.sliced(0..<1, along: 1).contiguous().bytes == found.bytes)
      #expect(pairs.sliced(1..<2, along: 1).contiguous().bytes == slopes.bytes)
      #expect(others.bytes == slopes.bytes)
      #expect(found[0].item == 0)
      for (x, value) in zip(rows.doubles, found.doubles) {
        // ln(1 + σ(b)(e^x - 1)), for x < 0 from the other end; a difference where that is exact.
        let b = biases.item
        let exact =
          abs(x) > 0.34
          ? plainSoftplus(b + x) - plainSoftplus(b)
          : x < 0
            ? -log1p(expm1(-x) / (1 + exp(-b - x)))
            : log1p(expm1(x) / (1 + exp(-b)))
        // Beyond ln 2 / 2 it is a difference of values up to their own size.
        let size = abs(x) < 0.34 ? abs(exact) : max(1, abs(b + x), abs(b))
        #expect(abs(value - exact) <= precision.bound * size, "\(bias) \(x)")
      }
    }
  }

  @Test("At infinity the activations take their limits, and NaN stays NaN")
  func limits() {
    let special: [Float] = [.infinity, -.infinity, .nan, 0]
    // Long enough for vector code, and a remainder.
    let inputs = (0..<37).map { special[$0 % 4] }
    let tanh = Tensor(inputs).fastTanh.doubles
    let (values, slopes) = softplus(inputs)
    for (index, input) in inputs.enumerated() {
      switch input {
      case .infinity: #expect((tanh[index], values[index], slopes[index]) == (1, .infinity, 1))
      case -.infinity:
        #expect(tanh[index] == -1)
        #expect(abs(values[index]) <= 1e-30 && abs(slopes[index]) <= 1e-30)
      case 0:
        #expect(tanh[index] == 0 && abs(values[index] - M_LN2) <= 1e-7 && slopes[index] == 0.5)
      default: #expect(tanh[index].isNaN && values[index].isNaN && slopes[index].isNaN)
      }
    }
  }

  @Test("float64 uses the library's functions")
  func double() {
    let inputs = Self.inputs.map(Double.init)
    let rows = Tensor(inputs, shape: [1, inputs.count])
    let (values, slopes) = rows.softplusLanes(
      bias: .zeros([1, inputs.count], dtype: .float64), groups: RowGroups(sizes: [1]), lanes: 1)
    let tanh = rows.fastTanh
    #expect(largestDifference(tanh, rows.tanh) <= 1e-15)
    #expect(largestDifference(slopes, rows.sigmoid) <= 1e-15)
    let expected = inputs.map { max($0, 0) + log1p(exp(-abs($0))) }
    for (a, b) in zip(values.doubles, expected) { #expect(abs(a - b) <= 1e-15 * max(1, b)) }
  }

  @Test("An element's result does not depend on where it stands")
  func position() {
    let inputs = Array(Self.inputs.prefix(67))
    let whole = Tensor(inputs).fastTanh
    for start in [1, 5, 16, 31, 63] {
      let part = Tensor(Array(inputs[start...])).fastTanh
      #expect(part.bytes == whole.sliced(start..<67).contiguous().bytes)
    }
  }
}
