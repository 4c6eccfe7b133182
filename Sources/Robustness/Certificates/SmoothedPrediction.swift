/// What the smoothed classifier says about one sample, with the counts that it rests on.
public struct SmoothedPrediction: Sendable, Hashable, Codable {
  /// The place of the sample in its data set.
  public let index: Int
  /// The sample's class.
  public let label: Int
  /// The class, or nil for an abstention.
  public let prediction: Int?
  /// How many draws the classifier gave to each class, [L].
  public let counts: [Int]

  /// Whether there is a prediction and it is the label.
  public var isCorrect: Bool { prediction == label }
}

/// A ball around one sample in which the smoothed classifier predicts the same class, with the
/// counts that it rests on.
public struct SmoothedCertificate: Sendable, Hashable, Codable {
  /// The place of the sample in its data set.
  public let index: Int
  /// The sample's class.
  public let label: Int
  /// The class that the first draws chose, certified or not.
  public let candidate: Int
  /// How many of the first draws went to each class, [L].
  public let selectionCounts: [Int]
  /// How many of the draws of the estimate went to each class, [L].
  public let counts: [Int]
  /// A lower bound of the candidate's probability under the noise, but for the failure.
  public let lowerBound: Double
  /// σ Φ⁻¹(lowerBound), rounded down, in the Euclidean norm of pixels; nil for an abstention.
  public let radius: Double?

  /// The class, or nil for an abstention.
  public var prediction: Int? { radius == nil ? nil : candidate }

  /// The radius if the class is the label, else 0.
  public var certifiedRadius: Double { candidate == label ? radius ?? 0 : 0 }
}
