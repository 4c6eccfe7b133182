import DifferentialEquations
import Failures
import Foundation
import Tensors
import Verification

/// A dynamical system in coordinates in which its box is [-1, 1]^d, with trajectories that stay there.
struct ObservedSystem {
  let system: DynamicalSystem
  private let middle: Tensor
  private let halfSides: Tensor

  init(_ system: DynamicalSystem) {
    self.system = system
    middle = Tensor(system.box.map { ($0.upperBound + $0.lowerBound) / 2 })
    halfSides = Tensor(system.box.map { ($0.upperBound - $0.lowerBound) / 2 })
  }

  /// f in these coordinates at places [N, d].
  func velocities(at places: Tensor) -> Tensor {
    system.velocities(at: middle + places * halfSides) / halfSides
  }

  /// States of trajectories from the inner half of the box that do not leave it, [count, T, d].
  ///
  /// - Throws: `Failure` if hardly one of them stays; `IntegrationFailure`.
  func trajectories(
    _ count: Int, samples: Int, spacing: Double, named name: String, generator: RandomGenerator
  ) throws -> Tensor {
    var kept: [Tensor] = []
    var (found, drawn) = (0, 0)
    while found < count {
      guard drawn < 20 * count else {
        throw Failure(
          .unsuitable, at: name,
          expected:
            "a system whose trajectories from the inner half of the box stay in the box for "
            + String(format: "%g", Double(samples - 1) * spacing),
          found: "\(found) of \(drawn) that do",
          remedy: "Give a larger box, or fewer or closer samples.")
      }
      let initial = generator.uniform(
        [count, system.dimension], in: -0.5..<0.5, dtype: .float64)
      let states = try Self.states(
        of: { velocities(at: $0) }, from: initial, samples: samples, spacing: spacing,
        tolerance: 1e-8)
      let stays = (states.magnitude .<= 1).reshaped([count, -1]).all(along: 1).trueIndices
      kept.append(states.selecting(stays))
      found += stays.shape[0]
      drawn += count
    }
    return Tensor.concatenated(kept).sliced(0..<count)
  }

  /// States at equal times, [N, T, d]. Beyond twice the box the field is that of the nearest place within, so that
  /// nothing runs away to infinity.
  ///
  /// - Throws: `IntegrationFailure`.
  static func states(
    of field: (Tensor) -> Tensor, from initial: Tensor, samples: Int, spacing: Double,
    tolerance: Double
  ) throws -> Tensor {
    try withoutGradients {
      try withoutActuallyEscaping(field) { field in
        try solve(
          { field($0.clamped(to: -2...2)) }, from: initial,
          at: (0..<samples).map { Double($0) * spacing }, steps: .adaptive(tolerance)
        ).states.permuted([1, 0, 2]).contiguous()
      }
    }
  }
}
