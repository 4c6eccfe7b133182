import Datasets
import Failures

/// Which data a run learns from, and how they are divided.
public struct DataSettings: Codable, Hashable, Sendable {
  /// The data set, one of `basin data list`.
  public var name: String
  /// Of splits and generated points; apart from the run's seed, so that runs share their data.
  public var seed: UInt64 = 0
  /// The share of the training samples held out to choose the best model by, in [0, 1).
  public var validationFraction = 0.0
  /// Learn from the first so many training samples only; 0 takes all.
  public var limit = 0
  /// What is done to the images of each training batch, in this order: names of
  /// `AugmentationCatalog`. The samples that accuracies are measured on stay as they are.
  public var augmentation: [String] = []
  /// Whether a folder of images may have classes of which there is none to learn from.
  public var allowEmptyClasses = false

  public init(name: String) { self.name = name }

  /// What the data set is.
  ///
  /// - Throws: `Failure` if there is none of that name.
  public var card: DatasetCard {
    get throws(Failure) { try DatasetCatalog.source(named: name).card }
  }

  /// What is done to training batches, one after the other.
  ///
  /// - Throws: `Failure` if a name is not in the catalog or the samples are not for it.
  public var augmentations: [any Augmentation] {
    get throws(Failure) {
      try AugmentationCatalog.augmentations(named: augmentation, for: card.sampleShape)
    }
  }

  /// Loads the data set.
  ///
  /// - Throws: `Failure` if there is none of that name, its files are missing or malformed, or
  ///   it cannot be augmented as it should be.
  public func load(_ locations: DataLocations) throws(Failure) -> Dataset {
    _ = try augmentations
    return try DatasetCatalog.load(
      name,
      options: LoadOptions(
        dataSeed: seed, validationFraction: validationFraction, locations: locations,
        allowsEmptyClasses: allowEmptyClasses))
  }

  /// The training samples within the limit.
  public func trainingPart(of dataset: Dataset) -> LabelledSamples {
    limit == 0 ? dataset.train : dataset.train.prefix(limit)
  }
}

/// Throws an error that names a setting unless a condition on it holds.
package func check(
  _ holds: Bool, _ key: String, expected: String, found: Any
) throws(ConfigurationError) {
  guard holds else {
    throw .invalidValue(key: key, origin: nil, expected: expected, found: "\(found)")
  }
}
