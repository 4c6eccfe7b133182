import NeuralNetworks

/// What `MisplacedClampStudy` found. No entry is a robustness figure.
public struct MisplacedClampResult: Codable, Sendable, Hashable {
  /// One attack with one budget.
  public struct Attack: Codable, Sendable, Hashable {
    /// The attack's name.
    public let name: String
    /// Every setting of the attack.
    public let parameters: [String: String]
    /// The norm, and the budget in units of whatever is attacked: of z where images are normalised.
    public let threat: ThreatModel
    /// The share of all samples that are right on what the attack returns when it works on
    /// normalised images and clamps them to [0, 1].
    public let normalized: Accuracy
    /// The same for the attack on pixels in [0, 1], where it belongs.
    public let pixels: Accuracy
  }

  /// How images were normalised.
  public let normalization: InputNormalization
  /// Of every random draw, together with attack and sample index.
  public let seed: UInt64
  /// On clean images.
  public let clean: Accuracy
  /// On clamp(normalise(x), 0, 1): what any attack with such a clamp reports with ε = 0.
  public let clampAlone: Accuracy
  /// The share of the numbers of normalised images outside [0, 1], in [0, 1].
  public let clampedShare: Double
  /// By attack and norm, then by budget.
  public let attacks: [Attack]
}
