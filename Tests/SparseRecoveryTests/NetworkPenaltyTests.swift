import Foundation
import SparseRecovery
import Tensors
import Testing

@Suite("Penalties of networks")
struct NetworkPenaltyTests {
  private let magnitudes = Tensor([3, 2, 1, 0.5, 0.25] as [Double])

  private func largestDifference(_ found: Tensor, _ expected: [Double]) -> Double {
    zip(found.doubles, expected).map { abs($0 - $1) }.max()!
  }

  @Test("Values are those of their definitions", arguments: NetworkPenaltyCatalog.names)
  func values(_ name: String) throws {
    let s = magnitudes.doubles
    let (sum, roots) = (s.reduce(0, +), s.map { $0.squareRoot() }.reduce(0, +))
    let squares = s.map { $0 * $0 }.reduce(0, +)
    let expected =
      switch name {
      case "l1": sum
      case "l-half": roots
      case "l1-over-l2": sum / squares.squareRoot()
      case "l-half-over-l2": roots / pow(squares, 0.25)
      case "hoyer-square": sum * sum / squares
      default: Double.nan
      }
    let penalty = try #require(NetworkPenaltyCatalog.penalty(named: name))
    #expect(abs(penalty.value(of: magnitudes).item - expected) < 1e-12)
    #expect(penalty.value(of: .zeros(like: magnitudes)).item == 0)
    // The smoothed form is close to it.
    #expect(abs(penalty.smoothed(magnitudes).item / expected - 1) < 1e-3)
  }

  /// Of an independent implementation in NumPy.
  @Test("Proximal steps are the published ones")
  func steps() {
    func step(_ penalty: some ProximalPenalty) -> Tensor {
      penalty.proximal(magnitudes, step: 0.5)
    }
    let roots = [2.851963773464, 1.814402018581, 0.701515858381, 0, 0]
    let quotients = [
      3.054827744143, 1.992497256065, 0.930166767987, 0.399001523948, 0.133418901928,
    ]
    let ratios = [3.070879669881, 2.005387154135, 0.913603270748, 0, 0]
    #expect(largestDifference(step(L1Penalty()), [2.5, 1.5, 0.5, 0, 0]) < 1e-12)
    #expect(largestDifference(step(LHalfPenalty()), roots) < 1e-11)
    #expect(largestDifference(step(L1OverL2Penalty()), quotients) < 1e-11)
    #expect(largestDifference(step(LHalfOverL2Penalty()), ratios) < 1e-11)
  }

  @Test("A step minimises its objective, the denominator linearised, against a fine grid")
  func bruteForce() {
    let generator = RandomGenerator(seed: 5)
    let grid = Tensor.range(30_001, dtype: .float64).reshaped([1, -1]) / 7500
    for step in [0.02, 0.1, 0.4] {
      let s = generator.uniform([12], dtype: .float64) * 2
      let norm = s.norm.item
      // (penalty, weight of the numerator, what the linearised denominator adds to s, numerator)
      let sum = s.sum().item
      let roots = s.squareRoot.sum().item
      let cases: [(any ProximalPenalty, Double, Double, (Tensor) -> Tensor)] = [
        (L1Penalty(), step, 0, { $0 }),
        (LHalfPenalty(), step, 0, { $0.squareRoot }),
        (L1OverL2Penalty(), step / norm, step * sum / pow(norm, 3), { $0 }),
        (
          LHalfOverL2Penalty(), step / norm.squareRoot(), step * roots / (2 * pow(norm, 2.5)),
          { $0.squareRoot }
        ),
      ]
      for (penalty, weight, growth, numerator) in cases {
        let found = penalty.proximal(s, step: step).reshaped([-1, 1])
        let target = (s * (1 + growth)).reshaped([-1, 1])
        func objective(_ z: Tensor) -> Tensor {
          (z - target).squared / 2 + numerator(z) * weight
        }
        let gap = (objective(found) - objective(grid).min(along: 1, keeping: true)).max().item
        #expect(gap < 1e-12, "\(type(of: penalty)) by \(step)")
      }
    }
  }

  @Test("Small steps come to rest where the ratio's proximal operator does")
  func fixedPoint() {
    // The operator's own iteration z = H(s/(1 - κ); μ/(1 - κ)) starts with this step to first order.
    let penalty = LHalfOverL2Penalty()
    var last = Double.infinity
    for step in [1e-2, 1e-3, 1e-4] {
      let norm = magnitudes.norm.item
      let kappa = step * magnitudes.squareRoot.sum().item / (2 * pow(norm, 2.5))
      let other = (magnitudes / (1 - kappa)).halfThresholded(
        by: .full(step / norm.squareRoot() / (1 - kappa), [], dtype: .float64))
      let difference = (penalty.proximal(magnitudes, step: step) - other).magnitude.max().item
      #expect(difference < last / 50)
      last = difference
    }
  }

  @Test("Steps lower the penalty", arguments: NetworkPenaltyCatalog.names)
  func descent(_ name: String) throws {
    guard let penalty = NetworkPenaltyCatalog.penalty(named: name) as? any ProximalPenalty else {
      #expect(name == "hoyer-square")
      return
    }
    var s = RandomGenerator(seed: 2).uniform([200], dtype: .float64)
    for _ in 0..<30 {
      let next = penalty.proximal(s, step: 0.01)
      #expect(penalty.value(of: next).item < penalty.value(of: s).item)
      #expect(next.min().item >= 0)
      s = next
    }
  }

  @Test("Ratios do not see the scale, their steps follow it, and a layer never vanishes")
  func scale() {
    let s = RandomGenerator(seed: 3).uniform([50], dtype: .float64)
    let ratios: [any NetworkPenalty] = [
      L1OverL2Penalty(), LHalfOverL2Penalty(), HoyerSquarePenalty(),
    ]
    for penalty in ratios {
      let value = penalty.value(of: s).item
      for factor in [1e-3, 7, 1e4] {
        #expect(abs(penalty.value(of: s * factor).item / value - 1) < 1e-12)
      }
      // k equal elements, whatever their size.
      let equal = penalty.value(of: .full(0.3, [16], dtype: .float64)).item
      let expected: [String: Double] = ["l1-over-l2": 4, "l-half-over-l2": 8, "hoyer-square": 16]
      #expect(abs(equal - expected[type(of: penalty).name]!) < 1e-12)
    }
    #expect(abs(LHalfOverL2Penalty.effectiveCount(8) - 16) < 1e-12)
    for penalty in ratios.compactMap({ $0 as? any ProximalPenalty }) {
      // c s by c² τ is c times s by τ.
      let plain = penalty.proximal(s, step: 0.3)
      let scaled = penalty.proximal(s * 5, step: 0.3 * 25)
      #expect((scaled - plain * 5).magnitude.max().item < 1e-12)
      let last = penalty.proximal(s, step: 1e6)
      #expect(last.doubles.count { $0 != 0 } == 1)
    }
    #expect(L1Penalty().proximal(s, step: 1e6).max().item == 0)
  }

  @Test(
    "Derivatives of the smoothed forms are those of finite differences",
    arguments: NetworkPenaltyCatalog.names, WeightGrouping.allCases)
  func derivatives(_ name: String, _ grouping: WeightGrouping) throws {
    let penalty = try #require(NetworkPenaltyCatalog.penalty(named: name))
    let weight = RandomGenerator(seed: 4).normal([3, 4, 2, 2], dtype: .float64)
    func value(_ weight: Tensor) -> Tensor {
      NetworkRegularizer(
        penalty, weight: 1, grouping: grouping,
        on: [PenalizedWeight(name: "weight", tensor: weight, columnsPerUnit: 1)]
      ).term
    }
    let leaf = weight.differentiable()
    let slope = gradient(of: value(leaf), wrt: [leaf])[0]
    for seed in 0..<3 {
      let direction = RandomGenerator(seed: 10 + UInt64(seed)).normal(
        weight.shape, dtype: .float64)
      let step = 1e-6
      let difference =
        (value(weight + direction * step) - value(weight - direction * step)).item / (2 * step)
      #expect(abs((slope * direction).sum().item - difference) < 1e-6 * max(1, abs(difference)))
    }
  }

  @Test("Layers of zeros have finite derivatives", arguments: NetworkPenaltyCatalog.names)
  func zeros(_ name: String) throws {
    let penalty = try #require(NetworkPenaltyCatalog.penalty(named: name))
    for grouping in WeightGrouping.allCases {
      let leaf = Tensor.zeros([3, 4]).differentiable()
      let term = NetworkRegularizer(
        penalty, weight: 1, grouping: grouping, on: [PenalizedWeight(name: "weight", tensor: leaf)]
      ).term
      #expect(term.item.isFinite)
      #expect(gradient(of: term, wrt: [leaf])[0].isFinite.all().item == 1)
    }
  }
}
