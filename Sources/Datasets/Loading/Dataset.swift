import Failures
import Tensors

/// A data set in memory: what it is, and its parts.
public struct Dataset: Sendable {
  /// What the data set is.
  public let card: DatasetCard
  /// Samples to train on, without those of `validation`.
  public let train: LabelledSamples
  /// Samples held out of training to make choices on; nil if none were asked for.
  public let validation: LabelledSamples?
  /// Samples to report figures on; no choice may depend on them.
  public let test: LabelledSamples
  /// What a user should know of how the files were read, each a sentence without a full stop.
  public let notices: [String]

  /// Completes a data set, holding out a share of its training samples if the options ask so.
  ///
  /// Which samples are held out depends on the data seed only, never on the training seed.
  ///
  /// - Throws: `Failure` of kind `invalidOption` if `validationFraction` is not in [0, 1) or
  ///   leaves nothing to train or to validate on.
  public init(
    card: DatasetCard, train: LabelledSamples, test: LabelledSamples, options: LoadOptions,
    notices: [String] = []
  ) throws(Failure) {
    self.card = card
    self.test = test
    self.notices = notices
    let heldOut = try options.validationCount(of: train.count)
    guard heldOut > 0 else {
      self.train = train
      self.validation = nil
      return
    }
    var generator = SplitMix64(seed: options.dataSeed, stream: "validation")
    let order = SeededPermutation(count: train.count, using: &generator).indices
    self.train = train.subset(order[heldOut...].sorted())
    self.validation = train.subset(order[..<heldOut].sorted())
  }
}
