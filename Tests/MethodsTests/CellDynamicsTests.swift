import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

/// A cell field with random weights of the given gain.
struct CellCase: Sendable, CustomTestStringConvertible {
  var classCount = 5
  var dimension = 2
  var gain = 1.0
  var dtype = DType.float64
  var seed: UInt64 = 0
  var testDescription: String { "\(classCount) centres in R^\(dimension), gain \(gain), \(dtype)" }

  func field(
    _ settings: CellDynamics.Settings = CellCrossings.wildSettings
  ) throws -> CellCrossings {
    try CellCrossings(
      classCount: classCount, dimension: dimension, gain: gain, settings: settings, seed: seed,
      dtype: dtype)
  }

  /// A third each within a box, far away, and next to bisectors.
  func states(_ count: Int) throws -> Tensor {
    try field().states(count, generator: RandomGenerator(seed: seed, keys: 0x57))
  }
}

@Suite("The theorems on cell fields")
struct CellDynamicsTests {
  static let cases = [
    CellCase(), CellCase(gain: 20, seed: 1), CellCase(dimension: 3, gain: 20, seed: 4),
    CellCase(classCount: 10, dimension: 16, gain: 20, dtype: .float32, seed: 2),
    CellCase(classCount: 3, gain: 20, dtype: .float32, seed: 3),
  ]

  private func outcome(
    _ test: CellCase, _ method: ButcherTableau, reach: Double, count: Int, steps: Int = 40
  ) throws -> CellCrossings.Outcome {
    let field = try test.field()
    return try field.follow(
      try test.states(count), by: method, every: reach * field.greatestStep, looks: steps)
  }

  @Test("No step of a covered method leaves its cell", arguments: cases)
  func invariance(_ test: CellCase) throws {
    for method in [ButcherTableau.euler, .heun, .shuOsher] {
      let found = try outcome(test, method, reach: 1, count: 4000)
      #expect(found.crossed == 0, "\(method)")
    }
  }

  @Test("An Euler step that is too long leaves it: the bound is needed")
  func teeth() throws {
    let test = CellCase(gain: 20, seed: 1)
    let crossed = try [1.5, 2, 3].map {
      try outcome(test, .euler, reach: $0, count: 4000, steps: 20).crossed
    }
    #expect(crossed[0] > 0 && crossed[1] > crossed[0] && crossed[2] > crossed[1])
  }

  @Test("V falls at every Euler step as Theorem 2 says, and so all states arrive", arguments: cases)
  func convergence(_ test: CellCase) throws {
    var test = test
    test.dtype = .float64
    let settings = CellCrossings.wildSettings
    let field = try test.field()
    let (cells, dynamics) = (field.cells, field.dynamics)
    let states = try test.states(3000)
    let place = cells.place(of: states)
    let size = 1 / (settings.speed * settings.greatestRate)
    let next = withoutGradients { states + dynamics.velocity(in: cells)(states) * size }
    let before = (states - place.center).squared.sum(along: 1)
    let after = (next - place.center).squared.sum(along: 1)
    // z is least for the least rate, and 1 - 2 z + z² (1 + η² / 4) falls in z up to 1.
    let share = (place.depth / (place.depth + 1)).squeezed(1)
    let least = share * (size * settings.speed * settings.leastRate)
    let eta = settings.rotation
    let bound = 1 - least * 2 + least.squared * (1 + eta * eta / 4)
    #expect((after - before * bound).max().item <= 1e-9)
    // Depths: g⁺ ≥ (1 - z) g + z (1 - η), so the least does not fall below 1 - η.
    let depth = cells.depths(at: next, of: place.owner)
    #expect((place.depth.minimum(1 - eta) - depth).max().item <= 1e-12)
    let far = try outcome(test, .heun, reach: 1, count: 300, steps: 600)
    #expect(far.crossed == 0 && far.arrived >= 291)
  }

  @Test("Zubov's equation is solved exactly without a rotation", arguments: [0.5, 2, 4])
  func residual(speed: Double) throws {
    var settings = CellDynamics.Settings()
    settings.speed = speed
    let test = CellCase(classCount: 6, dimension: 5, seed: 5)
    let system = try test.field(settings)
    let (cells, field) = (system.cells, system.dynamics.velocity(in: system.cells))
    // W_i = V_i / (V_i + D² ρ), by automatic differentiation along f.
    let states = try test.states(600).differentiable()
    let place = cells.place(of: states)
    let value = (states - place.center.detached).squared.sum(along: 1)
    let depth = place.depth.squeezed(1)
    let w = value / (value + cells.spacing.squared * depth)
    let slope = gradient(of: w.sum(), wrt: [states], retaining: true)[0]
    let rate = (slope * field(states.detached)).sum(along: 1)
    let residual = rate + w.detached * (1 - w.detached) * speed
    #expect(residual.magnitude.max().item <= 1e-12)
    // The same at another speed is not.
    #expect((residual + w.detached * (1 - w.detached)).magnitude.max().item > 0.1)
  }

  @Test("On a simplex W is the function of zubov-cell, and its equation holds")
  func simplex() throws {
    let centers = Equilibria.leastMaximalCosine(
      count: 4, dimension: 3, radius: 3, generator: RandomGenerator(seed: 1), dtype: .float64)
    let cells = VoronoiCells(centers: centers)
    var settings = CellDynamics.Settings()
    settings.speed = 1.5
    let field = try CellDynamics(
      settings, dimension: 3, generator: RandomGenerator(seed: 0), dtype: .float64
    ).velocity(in: cells)
    let points = RandomGenerator(seed: 7).uniform([200, 3], in: -4..<4, dtype: .float64)
    let function = CellFunction(cells.lyapunov)
    let rate = function.rates(at: points, velocities: field(points))
    #expect(CellEquation(speed: 1.5).residual(rate).magnitude.max().item <= 1e-12)
  }

  @Test("The closed form is the solution", arguments: [0.7, 1])
  func closedForm(rate: Double) throws {
    var settings = CellDynamics.Settings()
    (settings.leastRate, settings.greatestRate) = (rate, rate)
    let test = CellCase(classCount: 4, dimension: 3, seed: 6)
    let system = try test.field(settings)
    let (cells, dynamics) = (system.cells, system.dynamics)
    let states = try test.states(90)
    let solution = try solve(
      dynamics.velocity(in: cells), from: states, at: [0, 0.5, 2, 5], method: .dormandPrince8,
      steps: .adaptive(1e-12))
    for (index, time) in solution.times.enumerated() {
      let exact = dynamics.closedForm(states, at: time, in: cells)
      #expect(relativeError(exact, solution.states[index]) <= 1e-9)
    }
    // For ever, also in float32 and on a boundary.
    let late = dynamics.closedForm(states.to(.float32), at: 1e4, in: cells.float32)
    let owners = cells.owners(at: states)
    #expect(largestDifference(late, cells.centers.selecting(owners).to(.float32)) <= 1e-3)
    let middle = (cells.centers[0] + cells.centers[1]).unsqueezed(0) * 0.5
    #expect(dynamics.closedForm(middle, at: 1e4, in: cells).isFinite.all().item == 1)
  }

  @Test("Gradients of field and closed form are those of finite differences")
  func gradients() throws {
    let test = CellCase(classCount: 3, dimension: 3, seed: 9)
    let system = try test.field()
    let (cells, dynamics) = (system.cells, system.dynamics)
    let radial = try test.field(.init()).dynamics
    let states = RandomGenerator(seed: 2).uniform([4, 3], in: -3..<3, dtype: .float64)
    func loss(_ states: Tensor, _ centers: Tensor) -> Tensor {
      let cells = VoronoiCells(centers: centers)
      return dynamics.velocity(in: cells)(states).sin.sum()
        + radial.closedForm(states, at: 0.8, in: cells).sin.sum()
    }
    let errors = gradientErrors(at: states, cells.centers, of: loss)
    #expect(errors.0 <= 1e-6 && errors.1 <= 1e-6)
    let parameters = dynamics.state.parameters
    let field = gradient(
      of: dynamics.velocity(in: cells)(states).squared.sum(), wrt: parameters)
    #expect(field.allSatisfy { $0.norm.item > 0 })
  }

  @Test("A persistent disturbance that is covered moves no state out of its cell")
  func disturbance() throws {
    for (test, settings) in [
      (CellCase(classCount: 4, dimension: 3, seed: 1), CellDynamics.Settings()),
      (CellCase(classCount: 5, dimension: 2, gain: 20, seed: 3), CellCase.mild),
    ] {
      let system = try test.field(settings)
      let spacing = system.cells.spacing.item
      let greatest = PersistentDisturbance.greatestSize(against: settings, spacing: spacing)
      #expect(
        PersistentDisturbance(size: greatest * 1.001, against: settings, spacing: spacing) == nil)
      let size = greatest * 0.6
      let disturbance = try #require(
        PersistentDisturbance(size: size, against: settings, spacing: spacing))
      let all = try test.states(3000)
      let depths = system.cells.place(of: all).depth.squeezed(1)
      let states = all.selecting((depths .>= disturbance.leastDepth).trueIndices)
      #expect(states.shape[0] > 100)
      func crossed(_ method: ButcherTableau, _ size: Double) throws -> Int {
        try system.follow(
          states, by: method, every: system.greatestStep, looks: 60, disturbance: system.push(size)
        ).crossed
      }
      #expect(try crossed(.euler, size) == 0 && crossed(.heun, size) == 0)
      // One that is larger takes some of them across.
      #expect(try crossed(.euler, greatest * 3) > 0)
    }
  }

  @Test("ρ* is the smaller root of its equation", arguments: [0, 0.4, 0.9])
  func leastDepth(rotation: Double) throws {
    var settings = CellDynamics.Settings()
    (settings.speed, settings.leastRate, settings.rotation) = (1.7, 0.8, rotation)
    settings.greatestRate = 1
    let greatest = PersistentDisturbance.greatestSize(against: settings, spacing: 2.5)
    for share in [1e-9, 0.01, 0.5, 0.999] {
      let size = greatest * share
      let depth = try #require(
        PersistentDisturbance(size: size, against: settings, spacing: 2.5)
      ).leastDepth
      let pull = 1.7 * 0.8 * depth * (1 - rotation - depth) / (1 + depth)
      #expect(abs(pull - 2 * size / 2.5) <= 1e-9 * size)
      // Below it the pull is weaker.
      #expect(depth <= (2 - rotation).squareRoot() - 1 + 1e-6)
    }
    #expect(
      PersistentDisturbance(size: 0, against: settings, spacing: 2.5)?.leastDepth == 0)
  }
}

extension CellCase {
  fileprivate static var mild: CellDynamics.Settings {
    var settings = CellDynamics.Settings()
    settings.leastRate = 0.6
    settings.rotation = 0.5
    return settings
  }
}

extension VoronoiCells {
  fileprivate var float32: VoronoiCells { VoronoiCells(centers: centers.to(.float32)) }
}
