import Settings

/// The Hessian of the loss by all weights: how large it is in training, and how large it is to be at the start.
public struct CurvatureSettings: Codable, Hashable, Sendable {
  /// Epochs between measurements; 0 measures nothing.
  public var every = 0
  /// Products with the Hessian in one measurement.
  public var products = 10
  /// The norm that initial weights are scaled for, as far as one factor of all of them can do it; 0 leaves them as
  /// they are drawn.
  public var initialNorm = 0.0

  public static let notes: SettingNotes = [
    "every": .init("epochs between measurements of the Hessian's norm; 0: none", .count),
    "products": .init("products with the Hessian in a measurement", .integers(1...1000)),
    "initialNorm": .init(
      "its norm that initial weights are scaled for by one factor; 0: as they are drawn", .weight),
  ]
}
