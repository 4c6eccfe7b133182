import NeuralNetworks
import Tensors

/// Checks adversarial examples afresh, whoever made them: an attack's word is not taken for it.
public struct ExampleVerifier {
  /// What a check says about one image.
  public enum Verdict: Sendable, Hashable {
    /// An allowed image of another class than its label.
    case broken(prediction: Int, distance: Double)
    /// An allowed image that is classified correctly.
    case correct(distance: Double)
    /// Not an allowed image: too far from the original, outside [0, 1], or not a number. It says
    /// nothing about the classifier.
    case infeasible
  }

  /// How far beyond ε rounding may put an image.
  public static let tolerance = 1e-6

  let classifier: any Classifier
  let threat: ThreatModel
  let evaluationProtocol: EvaluationProtocol

  /// - Parameter evaluationProtocol: whose predictions decide.
  public init(
    _ classifier: any Classifier, threat: ThreatModel,
    evaluationProtocol: EvaluationProtocol = .strict
  ) {
    self.classifier = classifier
    self.threat = threat
    self.evaluationProtocol = evaluationProtocol
  }

  /// The verdict on each image by one fresh forward pass.
  ///
  /// - Parameters:
  ///   - images: one for each original, in their order and of their shape.
  ///   - originals: the clean images with labels.
  public func verdicts(
    on images: Tensor, originals: LabelledImages
  ) throws -> [Verdict] {
    let predictions = try evaluationProtocol.predictions(of: classifier, at: images)
    let distances = threat.distances(from: originals.images, to: images)
    // A comparison with a NaN is false, so this holds of numbers only.
    let isInside = ((images .>= 0) .& (images .<= 1)).samplesFlattened.all(along: 1).flags
    return zip(predictions, originals.labels.integers).enumerated().map { position, classes in
      let distance = distances[position]
      guard isInside[position], distance <= threat.epsilon + Self.tolerance
      else { return .infeasible }
      let (prediction, label) = classes
      return prediction == label
        ? .correct(distance: distance) : .broken(prediction: prediction, distance: distance)
    }
  }
}
