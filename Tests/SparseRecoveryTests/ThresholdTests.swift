import Foundation
import SparseRecovery
import Tensors
import Testing

/// Thresholds against their definitions.
@Suite struct ThresholdTests {
  /// Values of an independent implementation in NumPy,.
  @Test func halfThresholdAtKnownPoints() {
    let d: [Double] = [0.9, 0.95, 1, 1.5, 2, -3]
    let expected = [
      0, 0.636688337289, 0.701515858381, 1.278937349166, 1.814402018581, -2.851963773464,
    ]
    let found = Tensor(d).halfThresholded(by: .full(0.5, [], dtype: .float64)).doubles
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-11) }
  }

  /// No point of a fine grid does better, for random arguments and weights.
  @Test func thresholdsMinimiseTheirObjectives() {
    let generator = RandomGenerator(seed: 1)
    let d = generator.uniform([60, 1], dtype: .float64) * 6 - 3
    let mu = generator.uniform([60, 1], dtype: .float64) * 2
    let grid = (Tensor.range(8001, dtype: .float64) / 1000 - 4).reshaped([1, 8001])
    let penalties: [(Tensor, (Tensor) -> Tensor)] = [
      (d.softThresholded(by: mu), { $0.magnitude }),
      (d.halfThresholded(by: mu), { $0.magnitude.squareRoot }),
    ]
    for (found, penalty) in penalties {
      let own = (found - d).squared / 2 + mu * penalty(found)
      let others = ((grid - d).squared / 2 + mu * penalty(grid)).min(along: 1, keeping: true)
      #expect((own - others).max(along: 0).item < 1e-12)
    }
  }

  @Test func weightZeroChangesNothing() {
    let d = Tensor([-2.0, 0, 0.001, 7] as [Double])
    let zero = Tensor.full(0, [], dtype: .float64)
    #expect(d.softThresholded(by: zero).doubles == d.doubles)
    for (a, b) in zip(d.halfThresholded(by: zero).doubles, d.doubles) {
      #expect(abs(a - b) < 1e-12)
    }
  }
}
