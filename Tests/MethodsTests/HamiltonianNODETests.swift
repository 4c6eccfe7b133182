import DifferentialEquations
import Settings
import Tensors
import TestSupport
import Testing

@testable import Methods

@Suite("Hamiltonian Neural ODEs")
struct HamiltonianNODETests {
  private let field = HamiltonianField(
    dimension: 4, hidden: 9, generator: RandomGenerator(seed: 1), dtype: .float64)
  private let states = RandomGenerator(seed: 2).normal([6, 4], dtype: .float64) * 2

  /// The matrix of d(Δq, Δp): J = (0 I; -I 0).
  private let symplectic = Tensor(
    [0.0, 0, 1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, -1, 0, 0], shape: [4, 4])

  @Test("The field is J times the gradient of the energy")
  func gradient() {
    let slope = centralDifferences(at: states) { field.energy($0).sum().item }
    #expect(largestDifference(field(states), slope.matmul(symplectic.transposed)) < 1e-8)
    #expect(field(states).norm.item > 0.1)
  }

  @Test("Energy is conserved and the flow is symplectic, where damping would make neither true")
  func conservation() throws {
    func flow(_ y: Tensor, damping: Double = 0) throws -> Tensor {
      try solve(
        { field($0) - $0 * damping }, from: y, at: [0, 3], steps: .adaptive(1e-10)
      ).finalState
    }
    let before = field.energy(states)
    let moved = try flow(states)
    #expect(largestDifference(moved, states) > 0.1)
    #expect(largestDifference(field.energy(moved), before) < 1e-7)
    #expect(largestDifference(field.energy(try flow(states, damping: 0.1)), before) > 1e-3)
    let point = states.sliced(0..<1)
    let columns = try (0..<4).map { column in
      let step = int64([column]).oneHot(4, dtype: .float64) * 1e-4
      return (try flow(point + step) - flow(point - step)).squeezed(0) / 2e-4
    }
    let jacobian = Tensor.stacked(columns, along: 1)
    let form = jacobian.transposed.matmul(symplectic).matmul(jacobian)
    #expect(largestDifference(form, symplectic) < 1e-5)
  }

  @Test("Odd dimensions are refused")
  func refusal() {
    var settings = HamiltonianNODEMethod.defaults(for: pointsInput)
    settings.features.dimension = 3
    let error = #expect(throws: SettingsError.self) {
      _ = try HamiltonianNODEMethod.build(
        settings, input: pointsInput, generator: RandomGenerator(seed: 1), dtype: .float32,
        device: .cpu)
    }
    #expect(error?.setting == "features.dimension")
  }
}
