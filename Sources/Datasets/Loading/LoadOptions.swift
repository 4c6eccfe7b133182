import Failures

/// How a data set is to be loaded.
public struct LoadOptions: Sendable, Equatable {
  /// The seed of everything random in the data: splits and generated points.
  ///
  /// It is apart from the training seed, so that runs of several training seeds share their data.
  public var dataSeed: UInt64
  /// The share of the training samples held out for validation, in [0, 1).
  public var validationFraction: Double
  /// Whether a folder of images may have classes without a training image.
  public var allowsEmptyClasses: Bool
  /// Where the files are looked for.
  public var locations: DataLocations

  /// Creates options; the defaults hold nothing out and want images of every class.
  public init(
    dataSeed: UInt64 = 0, validationFraction: Double = 0,
    locations: DataLocations = DataLocations(), allowsEmptyClasses: Bool = false
  ) {
    self.allowsEmptyClasses = allowsEmptyClasses
    self.dataSeed = dataSeed
    self.validationFraction = validationFraction
    self.locations = locations
  }

  /// How many of `count` training samples are held out: the fraction, rounded to the nearest.
  func validationCount(of count: Int) throws(Failure) -> Int {
    func failure(_ expected: String) -> Failure {
      Failure(
        .invalidOption, at: "validation fraction", expected: expected,
        found: "\(validationFraction)",
        remedy: "Use 0 to hold nothing out, or a share such as 0.1.")
    }
    guard validationFraction >= 0, validationFraction < 1 else {
      throw failure("a number from 0 to below 1")
    }
    // There may be nothing to learn from, and so nothing to hold out.
    if validationFraction == 0 { return 0 }
    let heldOut = Int((validationFraction * Double(count)).rounded())
    guard heldOut < count, heldOut > 0 else {
      throw failure("a share that leaves samples on both sides of \(count)")
    }
    return heldOut
  }
}
