import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("CH-NODE")
struct CHNODETests {
  private typealias Settings = CHNODEMethod.Settings

  static let everyFormula = HamiltonianDamping.Formula.allCases

  private func damping(
    _ formula: HamiltonianDamping.Formula, margin: Double = 0, rate: Double = 0.7
  ) -> HamiltonianDamping {
    var damping = HamiltonianDamping()
    damping.formula = formula
    damping.margin = margin
    damping.rate = rate
    return damping
  }

  private func field(
    seed: UInt64, dimension: Int = 6, kappa: Double = 0.5, _ damping: HamiltonianDamping
  ) -> ContractiveHamiltonianField {
    let field = ContractiveHamiltonianField(
      dimension: dimension, hidden: 8, kappa: kappa, damping: damping,
      generator: RandomGenerator(seed: seed), dtype: .float64)
    let kernel = field.state.tensors["K"]!
    kernel.assign(kernel.detached * [1, 3, 10][Int(seed) % 3])
    field.renewGain()
    return field
  }

  private func states(_ count: Int, _ dimension: Int, seed: UInt64, scale: Double = 1) -> Tensor {
    RandomGenerator(seed: seed, keys: 5).normal([count, dimension], dtype: .float64) * scale
  }

  // MARK: Damping

  @Test("The published formulas are their closed forms")
  func formulas() {
    for (c1, c2) in [(1.0, 1.0), (1, 2.3), (0.04, 5), (4e-4, 25)] {
      let least = (c2 - c1) / (2 * (c1 * c2).squareRoot())
      let alpha = (c2 - c1) / (c2 + c1)
      #expect(abs(damping(.least).gain(c1, c2) - least) < 1e-9 * (1 + least))
      let classification = damping(.classification).gain(c1, c2)
      #expect(abs(classification * classification - 1 - least * least) < 1e-9 * (1 + least * least))
      // With ε, as they are written in the code.
      let epsilon = 1e-6
      let square = alpha * alpha
      #expect(
        abs(
          damping(.classification, margin: epsilon).gain(c1, c2)
            - 1 / (1 - square - epsilon).squareRoot()) < 1e-6 * classification)
      #expect(
        abs(
          damping(.least, margin: epsilon).gain(c1, c2)
            - (max(square - epsilon, 0) / (1 - square - epsilon)).squareRoot())
          < 1e-6 * (1 + least))
    }
    // The published example of a small κ.
    #expect(abs(damping(.classification, margin: 1e-6).gain(4e-4, 25) - 125) < 2)
    // An ε above 1 - α² leaves a number.
    #expect(damping(.classification, margin: 0.5).gain(4e-4, 25).isFinite)
  }

  @Test("The least damping is where the rate begins, and the third formula gives any rate")
  func rates() {
    for (c1, c2) in [(1.0, 2.3), (0.04, 5), (4e-4, 25)] {
      func rate(_ gain: Double) -> Double { HamiltonianDamping.rate(gain: gain, c1, c2) }
      let least = damping(.least).gain(c1, c2)
      #expect(abs(rate(least)) < 1e-9 * c2 * (1 + least))
      #expect(rate(least * 0.99) < 0 && rate(least * 1.01) > 0)
      #expect(rate(damping(.classification).gain(c1, c2)) > 0)
      for wanted in [0.01, 0.7, 20] {
        let gain = damping(.rate, rate: wanted).gain(c1, c2)
        #expect(abs(rate(gain) - wanted) < 1e-6 * (1 + wanted))
      }
    }
  }

  @Test("No better rate follows from the bounds of the Hessian: in the plane it is attained")
  func tightness() {
    for (gain, c1, c2) in [(0.3, 1.0, 2.0), (2, 0.1, 4), (5, 1, 1)] {
      // (J - g I) diag(c1, c2).
      let jacobian = [[-gain * c1, c2], [-c1, -gain * c2]]
      let largest = symmetricEigenvalues(symmetricPart(jacobian)).max()!
      #expect(abs(largest + HamiltonianDamping.rate(gain: gain, c1, c2)) < 1e-12)
    }
  }

  // MARK: The field

  @Test("The field is its definition, number by number")
  func definition() {
    let field = field(seed: 1, dimension: 4, damping(.classification))
    let parts = field.state.tensors
    let (kernel, bias) = (parts["K"]!.rowsOfDoubles, parts["b"]!.doubles)
    let gain = parts["gain"]!.item
    let y = states(3, 4, seed: 1)
    for (y, velocity) in zip(y.rowsOfDoubles, field(y).rowsOfDoubles) {
      let hidden = bias.indices.map { j in
        tanh((0..<4).reduce(bias[j]) { $0 + kernel[$1][j] * y[$1] })
      }
      let slope = (0..<4).map { i in
        bias.indices.reduce(0.25 * y[i]) { $0 + kernel[i][$1] * hidden[$1] }
      }
      let expected = [slope[2], slope[3], -slope[0], -slope[1]].enumerated().map {
        $1 - gain * slope[$0]
      }
      #expect(zip(velocity, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test("c_2 is an upper bound, within two per cent")
  func hessianBounds() {
    for seed in 0..<6 as Range<UInt64> {
      let field = field(seed: seed, damping(.classification))
      let kernel = field.state.tensors["K"]!.detached
      let largest = symmetricEigenvalues(kernel.matmul(kernel.transposed).rowsOfDoubles).max()!
      let (lower, upper) = field.hessianBounds
      #expect(lower == 0.25)
      #expect(upper >= 0.25 + largest - 1e-12 && upper <= 0.25 + largest * 1.02)
    }
  }

  @Test("The Jacobian's symmetric part is as negative as promised", arguments: everyFormula, 0..<6)
  func jacobianBound(_ formula: HamiltonianDamping.Formula, _ seed: Int) {
    let field = field(seed: UInt64(seed), damping(formula))
    let rate = field.contractionRate
    #expect(formula == .least ? abs(rate) < 1e-9 : rate > 0)
    if formula == .rate { #expect(abs(rate - 0.7) < 1e-9) }
    #expect(field.flowLipschitzBound(horizon: 2) == exp(-2 * rate))
    for state in states(8, 6, seed: UInt64(seed), scale: 0.5).rowsOfDoubles {
      let jacobian = jacobian(of: { field($0) }, at: Tensor(state))
      #expect(symmetricEigenvalues(symmetricPart(jacobian)).max()! <= -rate + 1e-9)
    }
  }

  @Test(
    "Trajectories approach each other at the promised rate, whatever K", arguments: everyFormula,
    0..<6)
  func contraction(_ formula: HamiltonianDamping.Formula, _ seed: Int) throws {
    let field = field(seed: UInt64(seed), damping(formula))
    let initial = states(16, 6, seed: UInt64(seed), scale: [0.2, 2][seed % 2])
    let times = (0...5).map { Double($0) * 0.2 }
    let paths = try withoutGradients {
      try solve({ field($0) }, from: initial, at: times, steps: .adaptive(1e-10)).states
    }
    let gaps =
      (paths.sliced(0..<8, along: 1) - paths.sliced(8..<16, along: 1)).norm(along: 2).rowsOfDoubles
    for (time, row) in zip(times, gaps) {
      let bound = field.flowLipschitzBound(horizon: time)
      #expect(zip(row, gaps[0]).allSatisfy { $0 <= bound * $1 * (1 + 1e-7) })
    }
  }

  @Test("Without the damping that K asks for, the promise is broken")
  func underdamped() throws {
    let field = field(seed: 2, damping(.rate, rate: 2))
    let rate = field.contractionRate
    let gain = field.state.tensors["gain"]!
    gain.assign(gain * 0.2)
    #expect(field.contractionRate < rate)
    let worst = states(40, 6, seed: 2, scale: 0.2).rowsOfDoubles.map {
      symmetricEigenvalues(symmetricPart(jacobian(of: { field($0) }, at: Tensor($0)))).max()!
    }.max()!
    #expect(worst > -rate)
  }

  // MARK: The model

  private func build(
    _ input: ModelInput = digitsInput, _ change: (inout Settings) -> Void = { _ in }
  ) throws -> CHNODE {
    var settings = CHNODEMethod.defaults(for: input)
    change(&settings)
    return try CHNODEMethod.build(
      settings, input: input, generator: RandomGenerator(seed: 0), dtype: .float64, device: .cpu)
      as! CHNODE
  }

  @Test("The damping is a buffer that follows K after each step")
  func gain() throws {
    let model = try build { $0.damping.formula = .rate }
    let entries = model.state.entries.filter { $0.name.hasPrefix("dynamics.") }
    #expect(entries.map(\.name) == ["dynamics.K", "dynamics.b", "dynamics.gain"])
    #expect(entries.map(\.isParameter) == [true, true, false])
    let (kernel, gain) = (entries[0].tensor, entries[2].tensor)
    let before = gain.item
    #expect(before > 0 && abs(model.field.contractionRate - 1) < 1e-9)
    kernel.assign(kernel.detached * 2)
    #expect(gain.item == before && model.field.contractionRate < 1)
    model.restoreConstraints()
    #expect(gain.item > before && abs(model.field.contractionRate - 1) < 1e-9)
  }

  @Test("Recording and renewing the damping do not disturb each other")
  func recording() throws {
    let model = try build()
    let (images, labels) = batch(digitsInput)
    func total() throws -> Tensor {
      try model.objective(
        images: images.to(.float64), labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: 0)
      ).total
    }
    let expected = gradient(of: try total(), wrt: model.parameters)
    let recorded = try total()
    model.field.state.tensors["gain"]!.assign(Tensor([7.0]))
    let found = gradient(of: recorded, wrt: model.parameters)
    #expect(zip(expected, found).allSatisfy { areIdentical($0, $1) })
  }

  @Test("Settings that cannot be served are refused")
  func refusals() {
    func expectRefusal(of setting: String, _ change: @escaping (inout Settings) -> Void) {
      let error = #expect(throws: SettingsError.self) { _ = try build(digitsInput, change) }
      #expect(error?.setting == setting)
    }
    expectRefusal(of: "features.dimension") { $0.features.dimension = 63 }
    expectRefusal(of: "features.dimension") { $0.features.dimension = 0 }
    expectRefusal(of: "hidden") { $0.hidden = 0 }
    expectRefusal(of: "kappa") { $0.kappa = 0 }
    expectRefusal(of: "damping.margin") { $0.damping.margin = 1 }
    expectRefusal(of: "damping.rate") { $0.damping.rate = 0 }
    expectRefusal(of: "flow.tolerance") { $0.flow.tolerance = 0 }
  }
}
