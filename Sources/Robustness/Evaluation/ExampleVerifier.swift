import NeuralNetworks
import Tensors

/// Checks adversarial examples afresh, whoever made them: an attack's word is not taken for it.
public struct ExampleVerifier {
  /// What a check says about one image.
  public enum Verdict: Sendable, Hashable {
    /// An allowed image of another class than its label.
    case broken(prediction: Int, distance: Double)
    /// An allowed image that is classified correctly.
    case correct(prediction: Int, distance: Double)
    /// Not an allowed image: too far from the original, outside [0, 1], or not a number. It says
    /// nothing about the classifier.
    case infeasible(prediction: Int, distance: Double)

    /// The class that the classifier reports.
    public var prediction: Int {
      switch self {
      case .broken(let prediction, _), .correct(let prediction, _), .infeasible(let prediction, _):
        prediction
      }
    }

    /// The norm of the perturbation.
    public var distance: Double {
      switch self {
      case .broken(_, let distance), .correct(_, let distance), .infeasible(_, let distance):
        distance
      }
    }

    var status: SampleOutcome.Status {
      switch self {
      case .broken: .broken
      case .correct: .correct
      case .infeasible: .infeasible
      }
    }
  }

  /// How far beyond ε rounding may put an image.
  public static let tolerance = 1e-6

  let classifier: any Classifier
  let threat: ThreatModel
  let evaluationProtocol: EvaluationProtocol
  let repetitions: Int

  /// - Parameters:
  ///   - evaluationProtocol: whose predictions decide.
  ///   - repetitions: forward passes, every one of which an image has to fool: more than one for a
  ///     classifier that is random, which else breaks by luck.
  public init(
    _ classifier: any Classifier, threat: ThreatModel,
    evaluationProtocol: EvaluationProtocol = .strict, repetitions: Int = 1
  ) {
    precondition(repetitions > 0, "ExampleVerifier: \(repetitions) repetitions")
    self.repetitions = repetitions
    self.classifier = classifier.inFixedBatches
    self.threat = threat
    self.evaluationProtocol = evaluationProtocol
  }

  /// The verdict on each image by fresh forward passes.
  ///
  /// - Parameters:
  ///   - images: one for each original, in their order and of their shape.
  ///   - originals: the clean images with labels.
  /// - Throws: what the classifier throws.
  public func verdicts(
    on images: Tensor, originals: LabelledImages
  ) throws -> [Verdict] {
    let labels = originals.labelList
    var predictions = try evaluationProtocol.predictions(of: classifier, at: images)
    for _ in 1..<repetitions {
      let again = try evaluationProtocol.predictions(of: classifier, at: images)
      for row in labels.indices where again[row] == labels[row] { predictions[row] = again[row] }
    }
    let distances = threat.distances(from: originals.images, to: images)
    // A comparison with a NaN is false, so this holds of numbers only.
    let isInside = ((images .>= 0) .& (images .<= 1)).samplesFlattened.all(along: 1).flags
    return labels.indices.map { row in
      let (prediction, distance) = (predictions[row], distances[row])
      guard isInside[row], distance <= threat.epsilon + Self.tolerance
      else { return .infeasible(prediction: prediction, distance: distance) }
      return prediction == labels[row]
        ? .correct(prediction: prediction, distance: distance)
        : .broken(prediction: prediction, distance: distance)
    }
  }
}
