import Foundation
import SparseRecovery
import Tensors
import Testing

/// Proximal operators against published values and brute force.
@Suite struct ProximalTests {
  /// Values of an independent implementation in NumPy that iterates the quintic in 50 digits' place
  /// by bisection.
  @Test func denominatorRootAtKnownPoints() {
    let eta: [Double] = [0, 1, 1, 5, 1e-6]
    let d: [Double] = [1, 1e-3, 1, 100, 1e-9]
    let expected = [1, 9.985041110528e-4, 0.5289463545197, 3.818580627908, 2.505891211328e-4]
    let found = DenominatorRoot.halfExcess(eta: Tensor(eta), d: Tensor(d)).doubles
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12 * max(1, b)) }
  }

  /// t²(t - η) = D by hand: at η = 0 the cube root, whole numbers, and D^⅓ + η/3 where η is tiny.
  @Test func firstRootAtKnownPoints() {
    let points: [(eta: Double, d: Double, t: Double)] = [
      (0, 8, 2), (0, 1e-300, 1e-100), (0, 0, 0), (1, 4, 2), (1, 0, 1), (2, 9, 3), (1e-110, 1, 1),
      (3e-9, 1, 1 + 1e-9), (3e-7, 1, 1 + 1e-7 + 1e-14), (1e100, 0, 1e100),
    ]
    let found = DenominatorRoot.firstRoot(
      eta: Tensor(points.map(\.eta)), d: Tensor(points.map(\.d))
    ).doubles
    for (t, point) in zip(found, points) {
      #expect(abs(t - point.t) <= 1e-13 * point.t, "η = \(point.eta), D = \(point.d): \(t)")
    }
  }

  /// Both roots satisfy their equations from tiny to huge arguments.
  @Test func denominatorRootsSolveTheirEquations() {
    let generator = RandomGenerator(seed: 2)
    let eta = (generator.uniform([500], in: -12..<7, dtype: .float64)).exp
    let d = (generator.uniform([500], in: -25..<7, dtype: .float64)).exp
    let half = DenominatorRoot.halfExcess(eta: eta, d: d)
    let misfit = (eta + half).power(1.5) * half / d - 1
    #expect(misfit.magnitude.max().item < 1e-13)
    let t = DenominatorRoot.firstRoot(eta: eta, d: d)
    // t - eta loses digits where d is small, so the equation is compared as t = eta + d / t².
    #expect(((eta + d / t.squared) / t - 1).magnitude.max().item < 1e-12)
    let zero = DenominatorRoot.halfExcess(eta: Tensor([2.0]), d: Tensor([0.0]))
    #expect(zero.item == 0)
  }

  /// Values of the NumPy prototype, which agree with a search in three dimensions.
  @Test func ratioProxAtKnownPoints() {
    let x = Tensor([3, -2, 1, 0.5, -0.25] as [Double], shape: [5, 1])
    let cases: [(Double, [Double], Double)] = [
      (0.01, [3.00139797, -2.000102722, 0.998385879, 0.496830015, -0.245042245], 0.027503741),
      (0.1, [3.013701964, -2.000752786, 0.983378316, 0.46678745, -0.1933654], 0.273102963),
      (0.5, [3.041091956, -1.983353586, 0.897556673, 0, 0], 1.222403298),
      (1, [3.083309066, -1.962043093, 0.760010557, 0, 0], 2.274299756),
    ]
    let ratio = RatioPenalty()
    for (tau, expected, objective) in cases {
      let z = ratio.prox(x, step: tau)
      for (a, b) in zip(z.doubles, expected) { #expect(abs(a - b) < 2e-9) }
      let value = (ratio(z) * tau + (z - x).squared.sum() / 2).item
      #expect(abs(value - objective) < 2e-9)
    }
  }

  /// No point does better, among a fine grid of directions in three dimensions, refined by chance.
  @Test(arguments: [0.05, 0.4, 1.5])
  func proximalOperatorsMinimise(step: Double) {
    let generator = RandomGenerator(seed: 3)
    let functions: [any ProximalFunction] = [
      L1Norm(), LHalfQuasinorm(), L0Count(), L2Norm(), L1MinusL2(), L1MinusL2(alpha: 0.5),
      RatioPenalty(.half), RatioPenalty(.one), GroupPenalty(groups: [0, 0, 1], power: .one),
      GroupPenalty(groups: [0, 1, 0], power: .half), BoxSet(-0.5...0.8),
    ]
    let x = generator.normal([3, 12], dtype: .float64)
    let axis = Tensor.range(41, dtype: .float64) / 10 - 2
    let one = Tensor.ones([41], dtype: .float64)
    func spread(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
      (a.reshaped([41, 1, 1]) * b.reshaped([1, 41, 1]) * c.reshaped([1, 1, 41])).reshaped([1, -1])
    }
    let grid = Tensor.concatenated([
      spread(axis, one, one), spread(one, axis, one), spread(one, one, axis),
    ])
    for function in functions {
      let z = function.prox(x, step: step)
      for column in 0..<12 {
        let point = x.sliced(column..<column + 1, along: 1)
        let own = z.sliced(column..<column + 1, along: 1)
        func cost(_ candidates: Tensor) -> Tensor {
          function(candidates) * step + (candidates - point).squared.sum(along: 0, keeping: true)
            / 2
        }
        let scatter = generator.normal([3, 2000], dtype: .float64)
        let sizes = (generator.uniform([1, 2000], in: -10..<0, dtype: .float64)).exp
        let masks = (generator.uniform([3, 2000], dtype: .float64) .< 0.7).to(.float64)
        let near = own + scatter * sizes
        let best = [grid, near, near * masks, own + scatter * sizes * masks]
          .map { cost($0).min().item }.min()!
        #expect(cost(own).item <= best + 1e-12, "\(function), column \(column)")
      }
    }
  }

  /// The branch in which Lou and Yan keep a single element, and the one in which nothing is kept.
  @Test func l1MinusL2KeepsOneSmallElement() {
    let x = Tensor([0.3, -0.8, 0.1] as [Double], shape: [3, 1])
    #expect(L1MinusL2().prox(x, step: 1).doubles == [0, -0.8, 0])
    let half = L1MinusL2(alpha: 0.5).prox(x, step: 1).doubles
    #expect(abs(half[1] + 0.3) < 1e-15 && half[0] == 0 && half[2] == 0)
    #expect(L1MinusL2(alpha: 0.5).prox(x, step: 2).doubles == [0, 0, 0])
  }

  @Test func ratioOfEqualElementsCountsThem() {
    for k in [1, 4, 9] {
      var values = [Double](repeating: 0, count: 10)
      for i in 0..<k { values[i] = i % 2 == 0 ? -7 : 7 }
      let x = Tensor(values, shape: [10, 1])
      let ratio = RatioPenalty()
      #expect(abs(ratio(x).item - pow(Double(k), 0.75)) < 1e-12)
      #expect(abs(ratio.effectiveSparsity(x).item - Double(k)) < 1e-12)
      #expect(abs(ratio.value(x, form: .norm).item - pow(Double(k), 1.5)) < 1e-12)
      #expect(abs(RatioPenalty(.one).effectiveSparsity(x * 1e6).item - Double(k)) < 1e-12)
    }
    #expect(RatioPenalty()(Tensor.zeros([3, 1], dtype: .float64)).item == 1)
  }

  /// Projections lie in their sets, and no point of the set is nearer: the way back is orthogonal.
  @Test func projectionsAreNearest() throws {
    let generator = RandomGenerator(seed: 4)
    for (m, n) in [(6, 15), (15, 6)] {
      let a = generator.normal([m, n], dtype: .float64)
      let truth = generator.normal([n, 5], dtype: .float64)
      let b =
        a.matmul(truth)
        + (m > n ? generator.normal([m, 5], dtype: .float64) * 0.01 : truth.sum() * 0)
      let x = truth + generator.normal([n, 5], dtype: .float64)
      let matrix = FactoredMatrix(a)
      let ball = ResidualBall(matrix, measurements: b, radius: 0.5)
      let p = ball.prox(x, step: 1)
      let residuals = (a.matmul(p) - b).norm(along: 0).doubles
      for residual in residuals { #expect(abs(residual - 0.5) < 1e-9) }
      // x - p = mu A'(Ap - b) for some mu > 0 of each column.
      let normal = a.transposed.matmul(a.matmul(p) - b)
      let cosine =
        ((x - p) * normal).sum(along: 0)
        / ((x - p).norm(along: 0) * normal.norm(along: 0))
      #expect((cosine - 1).magnitude.max().item < 1e-9)
      #expect((ball.prox(p * 0 + truth, step: 1) - truth).magnitude.max().item < 1e-12)
      #expect(ball(p).max().item == 0 && ball(x).min().item == .infinity)
      if m < n {
        let set = AffineSet(matrix, measurements: b)
        let q = set.prox(x, step: 1)
        #expect((a.matmul(q) - b).magnitude.max().item < 1e-10)
        #expect(((x - q) * (q - truth)).sum(along: 0).magnitude.max().item < 1e-10)
        #expect(set(q).max().item == 0)
      }
    }
  }
}
