import Foundation
import NeuralNetworks
import Robustness
import Tensors

/// scores = B tanh(A x), with scores and derivatives written out on host numbers.
struct PlainNetwork {
  let inner: [[Double]]
  let outer: [[Double]]

  init(pixels: Int, width: Int, classes: Int, seed: UInt64) {
    let generator = RandomGenerator(seed: seed)
    inner = (0..<width).map { _ in generator.normal([pixels], deviation: 0.6).doubles }
    outer = (0..<classes).map { _ in generator.normal([width]).doubles }
  }

  func scores(_ x: [Double]) -> [Double] {
    let hidden = inner.map { tanh($0.dot(x)) }
    return outer.map { $0.dot(hidden) }
  }

  /// The derivative with respect to x of the scores weighed by `weights`.
  func gradient(_ x: [Double], along weights: [Double]) -> [Double] {
    let slopes = inner.indices.map { unit in
      let h = tanh(inner[unit].dot(x))
      return (1 - h * h) * weights.indices.reduce(0) { $0 + weights[$1] * outer[$1][unit] }
    }
    return x.indices.map { pixel in
      inner.indices.reduce(0) { $0 + slopes[$1] * inner[$1][pixel] }
    }
  }

  /// The same scores of tensors, in float64.
  var function: ScoreFunction {
    let (a, b) = (Tensor(rows: inner), Tensor(rows: outer))
    return ScoreFunction(name: "network") {
      $0.flattened(from: 1).linear(weight: a).tanh.linear(weight: b)
    }
  }

  /// Random images [N, 1, 3, P/3] in float64, each with the class that the network gives it.
  func samples(_ count: Int, seed: UInt64) throws -> LabelledImages {
    let pixels = inner[0].count
    let images = RandomGenerator(seed: seed)
      .uniform([count, 1, 3, pixels / 3], dtype: .float64)
    let labels = (0..<count).map { scores(images[$0].doubles).largestPlace }
    return try LabelledImages(images: images, labels: labels, classCount: outer.count)
  }
}

/// A loss of scores with its derivative, on host numbers.
struct PlainLoss {
  let evaluate: (_ scores: [Double]) -> (value: Double, derivative: [Double])

  static func crossEntropy(_ label: Int) -> PlainLoss {
    PlainLoss { scores in
      let exponentials = scores.map { exp($0 - scores.max()!) }
      let sum = exponentials.reduce(0, +)
      let derivative = scores.indices.map { exponentials[$0] / sum - ($0 == label ? 1 : 0) }
      return (-log(exponentials[label] / sum), derivative)
    }
  }

  /// -(z_y - z_other) / (z_first - Σ share · z_lower), by the quotient rule.
  private static func ratio(
    _ scores: [Double], label: Int, other: Int, lower: [(place: Int, share: Double)]
  ) -> (Double, [Double]) {
    let first = scores.largestPlace
    let top = scores[other] - scores[label]
    let bottom = scores[first] - lower.reduce(0) { $0 + $1.share * scores[$1.place] } + 1e-12
    var derivative = Array(repeating: 0.0, count: scores.count)
    derivative[other] += 1 / bottom
    derivative[label] -= 1 / bottom
    derivative[first] -= top / (bottom * bottom)
    for (place, share) in lower { derivative[place] += share * top / (bottom * bottom) }
    return (top / bottom, derivative)
  }

  static func logitRatio(_ label: Int) -> PlainLoss {
    PlainLoss { scores in
      let order = scores.indices.sorted { scores[$0] > scores[$1] }
      return ratio(
        scores, label: label, other: order.first { $0 != label }!, lower: [(order[2], 1)])
    }
  }

  static func logitRatio(_ label: Int, towards target: Int) -> PlainLoss {
    PlainLoss { scores in
      let order = scores.indices.sorted { scores[$0] > scores[$1] }
      return ratio(
        scores, label: label, other: target, lower: [(order[2], 0.5), (order[3], 0.5)])
    }
  }
}

/// AutoAttack's loop for one sample, written out on host numbers (autopgd_base.py): from a given
/// start, through all steps.
struct PlainAPGD {
  let network: PlainNetwork
  let label: Int
  let loss: PlainLoss
  let norm: ThreatModel.Norm
  let epsilon: Double
  let clean: [Double]
  let comparesFirstLossWithZero: Bool

  func direction(_ g: [Double]) -> [Double] {
    switch norm {
    case .linf: return g.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .l2:
      let length = g.dot(g).squareRoot() + 1e-12
      return g.map { $0 / length }
    }
  }

  func projected(_ point: [Double]) -> [Double] {
    switch norm {
    case .linf:
      return zip(point, clean).map { min(max(min(max($0, $1 - epsilon), $1 + epsilon), 0), 1) }
    case .l2:
      let change = zip(point, clean).map { $0 - $1 }
      let length = change.dot(change).squareRoot()
      return zip(change, clean).map {
        min(max($1 + $0 / (length + 1e-12) * min(epsilon, length), 0), 1)
      }
    }
  }

  /// The last misclassified point, or without one that of the greatest loss; nil where rounding
  /// decides the way: the loss is flat (the ratio is 1 wherever the label is third), or two losses
  /// that are compared are almost equal.
  func reached(from start: [Double], iterations: Int) -> [Double]? {
    var isUndecided = false
    func evaluate(_ x: [Double]) -> (loss: Double, gradient: [Double], isWrong: Bool) {
      let scores = network.scores(x)
      let (value, derivative) = loss.evaluate(scores)
      if derivative.allSatisfy({ abs($0) < 1e-9 }) { isUndecided = true }
      return (value, network.gradient(x, along: derivative), scores.largestPlace != label)
    }
    var x = start
    var old = start
    var (value, gradient, isWrong) = evaluate(x)
    var fooling = isWrong ? x : nil
    var best = (x: x, loss: value, gradient: gradient)
    var losses = [comparesFirstLossWithZero ? 0 : value]
    var step = 2 * epsilon
    var window = max(Int(0.22 * Double(iterations)), 1)
    var sinceCheck = 0
    var wasReduced = true
    var bestAtCheck = value
    for iteration in 0..<iterations {
      let momentum = zip(x, old).map { $0 - $1 }
      old = x
      let toward = direction(gradient)
      let u = projected(x.indices.map { x[$0] + step * toward[$0] })
      let a = iteration == 0 ? 1 : 0.75
      x = projected(x.indices.map { x[$0] + a * (u[$0] - x[$0]) + (1 - a) * momentum[$0] })
      (value, gradient, isWrong) = evaluate(x)
      if isWrong { fooling = x }
      for other in [losses.last!, best.loss] where value != other && abs(value - other) < 1e-12 {
        isUndecided = true
      }
      losses.append(value)
      if value > best.loss { best = (x, value, gradient) }
      sinceCheck += 1
      guard sinceCheck == window else { continue }
      let recent = losses.suffix(window + 1)
      let rises = zip(recent.dropFirst(), recent).count { $0 > $1 }
      let isReduced =
        Double(rises) <= 0.75 * Double(window) || (!wasReduced && bestAtCheck >= best.loss)
      if isReduced {
        step /= 2
        (x, gradient) = (best.x, best.gradient)
      }
      (wasReduced, bestAtCheck) = (isReduced, best.loss)
      window = max(
        window - max(Int(0.03 * Double(iterations)), 1), max(Int(0.06 * Double(iterations)), 1))
      sinceCheck = 0
    }
    return isUndecided ? nil : fooling ?? best.x
  }
}

extension Tensor {
  fileprivate init(rows: [[Double]]) {
    self.init(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }
}

extension [Double] {
  fileprivate func dot(_ other: [Double]) -> Double {
    zip(self, other).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The place of the largest element, the first of equal ones.
  var largestPlace: Int { firstIndex(of: self.max()!)! }
}
