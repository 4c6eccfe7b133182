import Foundation

/// The rule from the error ratio of a step (estimated error over tolerance) to the size of the
/// next: a factor in [0.2, 10], with a safety of 0.9.
public enum StepController: Sendable, Hashable, Codable {
  /// `0.9 ratio^(-1/p)` for a method of order p; a step of a ratio below 1 is never followed by a
  /// smaller one (torchdiffeq 0.2.5; Hairer, Nørsett, Wanner, II.4.13).
  case integral
  /// `0.9 ratio^(-(1/p - 0.75 beta)) previous^beta`, smoother where stability limits the step
  /// (Hairer, Wanner, "Solving Ordinary Differential Equations II", IV.2, and their DOPRI5).
  ///
  /// - Parameter beta: in [0, 0.1]; 0.04 is Hairer and Wanner's value for Dormand-Prince 5(4).
  case proportionalIntegral(beta: Double = 0.04)

  /// The factor for the next step after one with error ratio `ratio`.
  ///
  /// - Parameter previous: the ratio of the last accepted step, at least 1e-4; 1e-4 before any.
  func factor(ratio: Double, previous: Double, order: Int) -> Double {
    guard ratio.isFinite else { return 0.2 }
    if ratio == 0 { return 10 }
    let exponent = 1 / Double(order)
    switch self {
    case .integral:
      return min(10, max(0.9 / pow(ratio, exponent), ratio < 1 ? 1 : 0.2))
    case .proportionalIntegral(let beta):
      let gain = 0.9 / pow(ratio, exponent - 0.75 * beta)
      return ratio <= 1 ? min(10, max(gain * pow(previous, beta), 0.2)) : min(1, max(gain, 0.2))
    }
  }
}
