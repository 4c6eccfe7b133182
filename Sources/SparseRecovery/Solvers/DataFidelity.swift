/// How measurements b are met by a solution x. Of the penalties only l₁ is convex: with the others a
/// solver looks for the least P and may end at a local minimum.
public enum DataFidelity: Sendable, Hashable {
  /// Minimise λ P(x) + ½‖Ax - b‖².
  case regularized(Weight)
  /// Minimise P(x) subject to Ax = b, which solutions meet to about 1e-6 ‖b‖.
  case equality
  /// Minimise P(x) subject to ‖Ax - b‖ ≤ `radius`, which solutions meet.
  case ball(radius: Double)

  /// λ, and in which units.
  public struct Weight: Sendable, Hashable {
    /// In which units λ is.
    public enum Unit: Sendable {
      /// Of data scaled so that the start has length 1. A value then suits data of any size.
      case scaled
      /// As it stands in the objective.
      case absolute
    }

    /// λ > 0.
    public var value: Double
    /// The units of `value`.
    public var unit: Unit

    /// λ of scaled data, unless it is given as it stands in the objective.
    public init(_ value: Double, _ unit: Unit = .scaled) {
      self.value = value
      self.unit = unit
    }
  }

  /// λ of scaled data.
  public static func regularized(_ weight: Double) -> DataFidelity { .regularized(Weight(weight)) }
}
