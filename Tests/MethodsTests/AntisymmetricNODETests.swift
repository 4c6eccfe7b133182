import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Settings
import Tensors
import TestSupport
import Testing

@Suite("Antisymmetric Neural ODE")
struct AntisymmetricNODETests {
  private func field(seed: UInt64, damping: Double, scale: Double = 1) -> AntisymmetricField {
    let field = AntisymmetricField(
      dimension: 5, damping: damping, generator: RandomGenerator(seed: seed), dtype: .float64)
    for parameter in field.parameters { parameter.assign(parameter.detached * scale) }
    return field
  }

  private func states(_ count: Int, seed: UInt64) -> Tensor {
    RandomGenerator(seed: seed, keys: 5).normal([count, 5], dtype: .float64) * 2
  }

  @Test("The field is its definition, number by number")
  func definition() {
    let field = field(seed: 1, damping: 0.3)
    let parts = field.state.tensors
    let (w, b) = (parts["weight"]!.rowsOfDoubles, parts["bias"]!.doubles)
    let h = states(3, seed: 1)
    let energies = field.energy(at: h).doubles
    for (row, (h, velocity)) in zip(h.rowsOfDoubles, field(h).rowsOfDoubles).enumerated() {
      let u = (0..<5).map { i -> Double in
        var sum = b[i] - 0.3 * h[i]
        for j in 0..<5 { sum += (w[i][j] - w[j][i]) * h[j] }
        return sum
      }
      for i in 0..<5 { #expect(abs(velocity[i] - tanh(u[i])) < 1e-12) }
      #expect(abs(energies[row] - u.reduce(0) { $0 + log(cosh($1)) }) < 1e-12)
    }
  }

  @Test("Without damping the energy is conserved, with damping it falls, whatever the weights")
  func energy() throws {
    for seed in 0..<3 as Range<UInt64> {
      let scale = [1.0, 3, 8][Int(seed)]
      for damping in [0, 0.5] {
        let field = field(seed: seed, damping: damping, scale: scale)
        let paths = try withoutGradients {
          try solve(
            field.prepared(), from: states(8, seed: seed), at: [0, 0.5, 1, 2],
            steps: .adaptive(1e-11)
          ).states
        }
        let energies = (0..<4).map { field.energy(at: paths[$0]) }
        for (later, earlier) in zip(energies.dropFirst(), energies) {
          let change = (later - earlier) / (earlier + 1)
          if damping == 0 {
            #expect(change.magnitude.max().item < 1e-7)
          } else {
            #expect(change.max().item < 0)
          }
        }
      }
    }
  }

  @Test("A symmetric part in W, which cancels, changes nothing; in A it would")
  func symmetricPart() throws {
    let field = field(seed: 2, damping: 0)
    let h = states(4, seed: 2)
    let before = field(h)
    let symmetric = RandomGenerator(seed: 3).normal([5, 5], dtype: .float64)
    let weight = field.state.tensors["weight"]!
    weight.assign(weight.detached + symmetric + symmetric.transposed)
    #expect(largestDifference(field(h), before) < 1e-12)
    // With a positive diagonal in A, the energy grows: the test above can fail.
    let unstable = self.field(seed: 2, damping: -0.5)
    let end = try withoutGradients {
      try solve(unstable.prepared(), from: h, at: [0, 1], steps: .adaptive(1e-9)).finalState
    }
    #expect((unstable.energy(at: end) - unstable.energy(at: h)).max().item > 0.1)
  }

  @Test("Derivatives are those of finite differences")
  func derivatives() {
    let field = field(seed: 4, damping: 0.1)
    let h = states(3, seed: 4)
    func value() -> Tensor { field(h).squared.sum() }
    let slopes = gradient(of: value(), wrt: field.parameters)
    for (parameter, slope) in zip(field.parameters, slopes) {
      #expect(largestDifference(slope, centralDifferences(moving: parameter, value)) < 1e-6)
    }
  }

  @Test("A negative damping is refused")
  func refusal() {
    var settings = AntisymmetricNODEMethod.defaults(for: digitsInput)
    settings.damping = -0.1
    let error = #expect(throws: SettingsError.self) {
      _ = try AntisymmetricNODEMethod.build(
        settings, input: digitsInput, generator: RandomGenerator(seed: 0), dtype: .float32,
        device: .cpu)
    }
    #expect(error?.setting == "damping")
  }
}
