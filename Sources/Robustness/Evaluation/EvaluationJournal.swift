import Tensors

/// Where an evaluation notes what it has found, so that one that was stopped can go on.
///
/// A unit is one attempt of one attack on one score function under one threat model, or one
/// corruption at one severity. What happens to a sample in a unit depends on nothing but the sample
/// and the unit (`FixedBatch`), so a note holds whatever the batches were. On another kind of
/// processor rounding may differ.
public protocol EvaluationJournal {
  /// What earlier evaluations noted of a unit, by data set index.
  ///
  /// - Throws: if what was noted cannot be read; the evaluation ends with that error.
  func outcomes(of unit: String) throws -> [Int: SampleOutcome]

  /// Notes the outcomes of a batch, for good when it returns.
  ///
  /// - Throws: if they cannot be noted; the evaluation ends with that error.
  func record(_ outcomes: [SampleOutcome], of unit: String) throws
}

/// What one unit of an evaluation did to one sample.
public struct SampleOutcome: Sendable {
  /// How a sample came out of an attack or a corruption.
  public enum Status: Int, Sendable {
    /// Classified correctly.
    case correct
    /// An allowed image that is classified wrongly.
    case broken
    /// An image that the threat model does not allow.
    case infeasible
  }

  /// The place of the sample in its data set.
  public let index: Int
  /// How it came out.
  public let status: Status
  /// The class that the classifier reports.
  public let prediction: Int
  /// The length of the perturbation in the norm of the threat model.
  public let distance: Double
  /// nil for an attack without gradients.
  public let gradient: GradientHealth?
  /// The perturbed image on the CPU, without a batch axis, if it is broken.
  public let image: Tensor?

  /// An outcome; by default of something that has neither a distance, nor a gradient, nor an image.
  public init(
    index: Int, status: Status, prediction: Int, distance: Double = 0,
    gradient: GradientHealth? = nil, image: Tensor? = nil
  ) {
    self.index = index
    self.status = status
    self.prediction = prediction
    self.distance = distance
    self.gradient = gradient
    self.image = image
  }
}
