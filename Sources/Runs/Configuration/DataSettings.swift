import Datasets
import Failures
import Settings

/// Which data a run learns from, and how they are divided.
public struct DataSettings: Codable, Hashable, Sendable {
  @Setting("one of `basin data list`")
  public var name: String
  /// Of splits and generated points; apart from the run's seed, so that runs share their data.
  @Setting("of splits and generated points")
  public var seed: UInt64 = 0
  @Setting("share of the training samples to choose the best epoch by", .shareBelowOne)
  public var validationFraction = 0.0
  @Setting("learn from the first so many samples; 0: all", .integers(0...1_000_000_000))
  public var limit = 0
  /// What is done to the images of each training batch, in this order: names of
  /// `AugmentationCatalog`. The samples that accuracies are measured on stay as they are.
  @Setting("applied in order: crop, flip, autoaugment (paper: crop and flip)")
  public var augmentation: [String] = []
  @Setting("whether a class of folder:PATH may be without images")
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
