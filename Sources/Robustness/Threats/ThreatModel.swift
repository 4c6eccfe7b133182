/// What an attacker may do: move an image x to any x' in [0, 1] with ‖x' - x‖ ≤ ε.
///
/// Distances are in pixel space, before any normalisation, which is the model's own business.
public struct ThreatModel: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How far apart two images are.
  public enum Norm: String, Sendable, Hashable, Codable, CaseIterable {
    /// The largest change of a pixel's channel.
    case linf = "Linf"
    /// The Euclidean length of the change of a whole image.
    case l2 = "L2"
  }

  /// The norm in which a perturbation is measured.
  public let norm: Norm
  /// ε, the length up to which perturbations are allowed, as an exact number of the pixel range.
  public let budget: Budget

  public init(_ norm: Norm = .linf, budget: Budget) {
    self.norm = norm
    self.budget = budget
  }

  /// ε in units of the pixel range.
  public var epsilon: Double { budget.value }

  /// Norm and budget, for example `Linf 8/255`.
  public var description: String { "\(norm.rawValue) \(budget)" }
}
