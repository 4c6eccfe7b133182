import Foundation
import Tensors

/// What a cell field withstands for all time: h' = f(h) + w(t) with ‖w‖ ≤ ω, or steps of a covered
/// solver whose every evaluation of the field is off by at most ω.
///
/// A depth g_ij, whose slope is at most 2 / D, changes by ω for 2 ω / D at most. So the least depth ρ
/// cannot fall where
///
///     μ a_0 ρ (1 - η - ρ) / (1 + ρ) ≥ 2 ω / D,
///
/// and {g_ij ≥ ρ* for all j} is invariant with ρ* the smaller root. Its left side is at most
/// μ a_0 (√(2 - η) - 1)²; no disturbance beyond that is covered.
public struct PersistentDisturbance: Sendable, Hashable {
  /// ω, in units of the state over those of time.
  public let size: Double
  /// ρ*: a state of at least this depth keeps its cell for ever.
  public let leastDepth: Double

  /// - Parameter spacing: D.
  /// - Returns: nil if the disturbance is too large for any state.
  public init?(size: Double, against settings: CellDynamics.Settings, spacing: Double) {
    precondition(size >= 0 && spacing > 0, "a disturbance of \(size) in cells \(spacing) apart")
    // (e - b) ρ - ρ² - b = 0 with e = 1 - η and b = 2 ω / (D μ a_0).
    let b = 2 * size / (spacing * settings.speed * settings.leastRate)
    let sum = 1 - settings.rotation - b
    let discriminant = sum * sum - 4 * b
    guard sum > 0, discriminant >= 0 else { return nil }
    self.size = size
    // The smaller root by the larger: nothing cancels. Raised beyond its rounding.
    leastDepth = size == 0 ? 0 : 2 * b / (sum + discriminant.squareRoot()) * (1 + 1e-12)
  }

  /// The largest disturbance that is covered: μ a_0 D (√(2 - η) - 1)² / 2.
  public static func greatestSize(
    against settings: CellDynamics.Settings, spacing: Double
  ) -> Double {
    let root = (2 - settings.rotation).squareRoot() - 1
    return settings.speed * settings.leastRate * spacing * root * root / 2
  }
}
