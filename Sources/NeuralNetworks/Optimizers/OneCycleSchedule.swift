import Foundation

/// A learning rate that rises once and falls once: a pure function of how much is done (Smith and
/// Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018,
/// with cosines as PyTorch's `OneCycleLR` has them; momentum stays as it is).
///
/// From 1/25 of the full rate to all of it along half a cosine in the first 30 %, and from there to
/// 1/250,000 of it along another half.
public struct OneCycleSchedule: Sendable, Hashable {
  /// The share in which the rate rises, in (0, 1).
  public let rise: Double
  /// What the full rate is multiplied with at the start.
  public let start: Double
  /// What the full rate is multiplied with at the end.
  public let end: Double

  /// - Precondition: `rise` is in (0, 1).
  public init(rise: Double = 0.3, start: Double = 1.0 / 25, end: Double = 1.0 / 250_000) {
    precondition(rise > 0 && rise < 1, "OneCycleSchedule(rise: \(rise))")
    self.rise = rise
    self.start = start
    self.end = end
  }

  /// The rate where a share in [0, 1] is done, as a multiple of the full rate.
  public func callAsFunction(progress: Double) -> Double {
    progress < rise
      ? halfCosine(from: start, to: 1, at: progress / rise)
      : halfCosine(from: 1, to: end, at: (progress - rise) / (1 - rise))
  }

  private func halfCosine(from first: Double, to last: Double, at place: Double) -> Double {
    last + (first - last) * (1 + cos(.pi * place)) / 2
  }
}
