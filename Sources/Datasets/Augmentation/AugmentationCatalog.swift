import Failures

/// Every augmentation that Basin knows, by name. A new one is one line in `all`.
public enum AugmentationCatalog {
  /// The augmentations, with the settings of the papers that use them on CIFAR-10.
  public static let all: [any Augmentation] = [
    RandomCrop(),
    HorizontalFlip(),
    AutoAugment(),
  ]

  /// The augmentations of these names, to be applied in this order.
  ///
  /// - Parameter shape: The shape of the samples that they are meant for.
  /// - Throws: `Failure` of kind `invalidOption` if a name is unknown or repeated, or such
  ///   samples cannot be augmented so.
  public static func augmentations(
    named names: [String], for shape: [Int]
  ) throws(Failure) -> [any Augmentation] {
    var augmentations: [any Augmentation] = []
    for name in names {
      guard let augmentation = all.first(where: { $0.name == name }) else {
        let known = all.map(\.name).joined(separator: ", ")
        throw Failure(
          .invalidOption, at: "augmentation", expected: "some of \(known)",
          found: "'\(name)'", remedy: "Correct the name, or leave it out.")
      }
      guard !augmentations.contains(where: { $0.name == name }) else {
        throw Failure(
          .invalidOption, at: "augmentation", expected: "each name once",
          found: "'\(name)' twice", remedy: "Leave the repetition out.")
      }
      try augmentation.requireApplicable(to: shape)
      augmentations.append(augmentation)
    }
    return augmentations
  }
}
