import NeuralNetworks
import Tensors

extension ScoreFunction {
  /// The greatest magnitude of a sample's rescaled scores at temperature 1.
  private static let scale = 10.0

  /// Scores of one scale for every sample, (10 / T) z / max_j |z_j|, with the factor a constant of
  /// the derivative: the decision is that of z.
  ///
  /// `CrossEntropyLoss` keeps the factor that vanishes where a classifier is sure out of its
  /// direction, so that no scale hides a gradient. What a scale still changes is
  /// - the weights among wrong classes, softmax_{j≠y}(z): towards T = 0 the likeliest wrong class
  ///   alone counts, which is the margin; towards T = ∞ all count alike
  /// - the values of the loss, by which `APGD` sets its step lengths. Unscaled they round to 0 in
  ///   float32 from a margin of about 17 on; at T = 1 a margin is 20 at most, at T = 10 it is 2.
  ///
  /// - Parameter temperature: T, above 0.
  public func rescaled(temperature: Double) -> ScoreFunction {
    precondition(temperature > 0, "scores at temperature \(temperature)")
    return ScoreFunction(name: "\(name), rescaled, T = \(temperature)") { images in
      let values = try scores(images)
      let largest = values.detached.magnitude.max(along: 1, keeping: true)
      // Scores that are all 0 stay so.
      return values * (Self.scale / temperature / largest.maximum(1e-30))
    }
  }
}
