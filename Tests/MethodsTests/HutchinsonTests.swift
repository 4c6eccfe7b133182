import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@testable import Methods

@Suite("Hutchinson's estimate of Jacobians")
struct HutchinsonTests {
  private let field = ContractiveNODETests.Kind.smallMap.field(seed: 3)
  private let states = RandomGenerator(seed: 4).normal([3, 4], dtype: .float64) * 2

  /// J of each state, by automatic differentiation, in one tensor [N, d, d].
  private var jacobians: Tensor {
    Tensor.stacked(
      (0..<3).map { Tensor(jacobian(of: { field($0) }, at: states[$0])) })
  }

  /// The sixteen vectors of four signs, [1, 4] each.
  private static let allSigns = (0..<16).map { code in
    Tensor((0..<4).map { code >> $0 & 1 == 1 ? 1.0 : -1.0 }, shape: [1, 4])
  }

  /// ‖J v‖² at each state for each of the sixteen vectors of signs, [16, N].
  private var squares: Tensor {
    Tensor.stacked(
      Self.allSigns.map { signs in
        HutchinsonEstimate.squaredNorm(probes: [signs.expanded([3, 4])]) {
          field.slopes(at: states) * field.coupling.product($0)
        }
      })
  }

  @Test("The mean over all signs is the squared norm, and the variance is the formula's")
  func moments() {
    let exact = jacobians.squared.sum(along: 1, 2)
    let mean = squares.mean(along: 0)
    #expect(largestDifference(mean, exact) < 1e-12)
    #expect(
      largestDifference(field.squaredNorm(at: states, probes: 0, generator: .init(seed: 0)), exact)
        < 1e-12)
    let variance = (squares - mean).squared.mean(along: 0).doubles
    for (index, found) in variance.enumerated() {
      #expect(abs(HutchinsonEstimate.variance(of: jacobians[index]) - found) < 1e-12)
      #expect(found > 1e-6)
    }
  }

  @Test("The mean over all signs is the diagonal, and the variance is the formula's")
  func diagonal() {
    let field = SineField(
      dimension: 4, hidden: [7], generator: RandomGenerator(seed: 6), dtype: .float64)
    let jacobians = field.jacobians(at: states)
    let product = field.jacobianProduct(at: states)
    let estimates = Tensor.stacked(
      Self.allSigns.map { signs in
        HutchinsonEstimate.diagonal(probes: [signs.expanded([3, 4])], product: product)
      })
    let mean = estimates.mean(along: 0)
    for (index, jacobian) in (0..<3).map({ ($0, jacobians[$0]) }) {
      let exact = (jacobian * Tensor.identity(4, dtype: .float64)).sum(along: 1)
      #expect(largestDifference(mean[index], exact) < 1e-14)
      let variance = (estimates - mean).squared.mean(along: 0)[index]
      let formula = HutchinsonEstimate.diagonalVariance(of: jacobian)
      #expect(largestDifference(variance, formula) < 1e-14)
      #expect(formula.min().item > 1e-6)
    }
    // Of two probes it is the mean of both.
    let pair = [3, 5].map { Self.allSigns[$0].expanded([3, 4]) }
    #expect(
      largestDifference(
        HutchinsonEstimate.diagonal(probes: pair, product: product),
        (estimates[3] + estimates[5]) / 2) < 1e-14)
  }

  @Test(
    "Products with the Jacobians of a field of sines are those of the written ones",
    arguments: [([], true), ([7], true), ([7], false), ([7, 6], true)] as [([Int], Bool)])
  func products(hidden: [Int], isFinallyActivated: Bool) {
    let field = SineField(
      dimension: 4, hidden: hidden, isFinallyActivated: isFinallyActivated,
      generator: RandomGenerator(seed: 7), dtype: .float64)
    let v = RandomGenerator(seed: 8).normal([3, 4], dtype: .float64)
    let written = field.jacobians(at: states).matmul(v.unsqueezed(2)).squeezed(2)
    #expect(largestDifference(field.jacobianProduct(at: states)(v), written) < 1e-14)
  }

  @Test("Probes are signs of their generator's, and their mean has the variance of so many")
  func probes() {
    let probes = HutchinsonEstimate.probes(400, like: states, generator: RandomGenerator(seed: 5))
    #expect(probes.allSatisfy { ($0.magnitude .== 1).all().isTrue })
    let found = field.squaredNorm(at: states, probes: 400, generator: RandomGenerator(seed: 5))
    let exact = jacobians.squared.sum(along: 1, 2)
    for index in 0..<3 {
      let deviation =
        (HutchinsonEstimate.variance(of: jacobians[index]) / 400).squareRoot()
      #expect(abs(found[index].item - exact[index].item) < 4 * deviation)
      #expect(found[index].item != exact[index].item)
    }
  }

  @Test("As a penalty its derivative is that of central differences, and its mean over signs exact")
  func penalty() throws {
    var contraction = Contraction(regularizer: .jacobian, rate: 0.5, weight: 1)
    contraction.measure = .frobenius
    contraction.probes = 2
    let step = TrainingStep(seed: 1, epoch: 0, index: 0)
    let trajectories = states.unsqueezed(0)
    func value() -> Tensor { contraction(field, trajectories: trajectories, step: step) }
    let weight = field.parameters[0]
    let slope = gradient(of: value(), wrt: [weight])[0]
    #expect(largestDifference(slope, centralDifferences(moving: weight, value)) < 1e-7)
    contraction.probes = 0
    let exact = jacobians.squared.sum(along: 1, 2).mean().item / 4
    #expect(abs(value().item - exact) < 1e-12)
  }

  @Test("A field that contracts by construction has no such measure")
  func refusal() {
    var settings = ContractiveNODEMethod.defaults(for: digitsInput)
    settings.contraction.regularizer = .constrained
    settings.contraction.measure = .frobenius
    let error = #expect(throws: SettingsError.self) {
      _ = try ContractiveNODEMethod.build(
        settings, input: digitsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
        device: .cpu)
    }
    #expect(error?.setting == "contraction.measure")
  }
}
