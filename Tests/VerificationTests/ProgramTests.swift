import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("Programs of terms")
struct ProgramTests {
  @Test("Values are those of the formula")
  func values() {
    let x = Term.state(2)
    let terms = [
      x[0] * x[1] - 2, x[0] / x[1] + x.sum, x.softmax(), x[0].power(-2), x[1].power(0.5),
      x[0].minimum(x[1]), (1 - x[0]).magnitude, x[0].tan,
    ]
    let (a, b) = (0.75, 1.25)
    let found = Program(dimension: 2, outputs: terms).values(at: Tensor([a, b], shape: [1, 2]))
    let first = exp(a) / (exp(a) + exp(b))
    let expected = [
      [a * b - 2], [a / b + a + b], [first, 1 - first], [1 / (a * a)], [sqrt(b)], [a], [1 - a],
      [tan(a)],
    ]
    for (found, expected) in zip(found, expected) {
      for (x, y) in zip(found.doubles, expected) { #expect(abs(x - y) < 1e-15 * (1 + abs(y))) }
    }
  }

  @Test("Gradients are the slopes of central differences")
  func gradients() {
    for (index, sample) in SampleTerms.smooth.enumerated() {
      let places = BoundTests.boxes(20, dimension: sample.dimension, width: 0, seed: UInt64(index))
      let program = Program(
        dimension: sample.dimension,
        outputs: [sample.term, sample.term.gradient(dimension: sample.dimension)])
      let slopes = program.values(at: places.lower)[1]
      let step = 1e-5
      for axis in 0..<sample.dimension {
        let offset = Tensor([Int64(axis)]).oneHot(sample.dimension, dtype: .float64) * step
        let rise =
          program.values(at: places.lower + offset)[0]
          - program.values(at: places.lower - offset)[0]
        let slope = slopes.sliced(axis..<axis + 1, along: 1)
        let error = (rise * (0.5 / step) - slope).magnitude / (slope.magnitude + 1)
        #expect(error.max().item < 1e-6, "\(sample.name) along \(axis)")
      }
    }
  }

  @Test("Clarke's derivative of a kink encloses the slopes on both sides")
  func kinks() {
    let x = Term.state(1)
    let slope = Program(
      dimension: 1, outputs: [x.magnitude.gradient(dimension: 1), x.relu.gradient(dimension: 1)])
    let ranges = LinearBounds().enclosures(of: slope, over: Boxes([-0.5...0.5])).map(\.range)
    #expect(ranges[0].lower.item <= -1 && ranges[0].upper.item >= 1)
    #expect(ranges[1].lower.item <= 0 && ranges[1].upper.item >= 1)
  }

  @Test("Equal steps are one")
  func sharing() {
    let x = Term.state(2)
    let program = Program(
      dimension: 2, outputs: [x[0].sin * x[1], Term.state(2)[0].sin * Term.state(2)[1]])
    #expect(program.steps.count == 5 && program.outputs[0] == program.outputs[1])
  }

  @Test("Where a step is not defined nothing is known, and its name is told", arguments: 0..<4)
  func undefined(_ method: Int) {
    let x = Term.state(2)
    let quotient = (x[0] / x[1].labelled("the divisor")).labelled("the quotient")
    let terms = [
      (1 / x[1]).labelled("division"), x[1].log.labelled("logarithm"),
      x[1].squareRoot.labelled("root"), (x[1] * 10).tan.labelled("tangent"), quotient,
    ]
    for term in terms.dropLast() {
      let program = Program(dimension: 2, outputs: [term])
      let box = Boxes([1...2, -0.5...1])
      let range = boundMethods[method].enclosures(of: program, over: box)[0].range
      #expect(range.lower.item == -.infinity && range.upper.item == .infinity)
    }
    func culprit(_ term: Term, _ box: Boxes) -> String? {
      Program(dimension: 2, outputs: [term]).firstUnbounded(over: box)
    }
    #expect(culprit(terms[1] + 1, Boxes([1...2, -0.5...1])) == "logarithm")
    #expect(culprit(terms[1] + 1, Boxes([1...2, 0.5...1])) == nil)
  }

  @Test("Steps that do not depend on the place are computed once and stand for all boxes")
  func constants() {
    let x = Term.state(2)
    let weight = Tensor([1.0, 2, 3, 4], shape: [2, 2])
    let fixed = Term.constant([1, 2]).linear(weight: weight).tanh
    let program = Program(
      dimension: 2, outputs: [fixed, Term.concatenated([fixed, x]), fixed * x])
    let boxes = Boxes(
      lower: .zeros([3, 2], dtype: .float64), upper: .ones([3, 2], dtype: .float64))
    for method in boundMethods {
      let shapes = method.enclosures(of: program, over: boxes).map(\.range.lower.shape)
      #expect(shapes == [[3, 2], [3, 4], [3, 2]])
    }
  }
}
