import Settings
import SparseRecovery
import StableDynamics

/// Learning weights that are mostly 0, whatever the method.
///
/// The training has three parts: `startEpoch` epochs without the penalty; epochs with it; and
/// `fineTuneEpochs` without it again, in which weights that are 0 stay so. The best model by
/// validation is chosen among those of the last part.
public struct SparsitySettings: Codable, Hashable, Sendable {
  /// How the penalty acts.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// A proximal step behind each step of the optimizer; it makes weights exactly 0.
    case proximal
    /// A term of the loss, smoothed; a threshold before fine-tuning makes weights 0.
    case term
  }

  /// The name for no penalty.
  public static let noPenalty = "none"

  /// One of `NetworkPenaltyCatalog`, or `none`.
  @Setting("none, l1, l-half, l1-over-l2, l-half-over-l2 or hoyer-square")
  public var penalty = noPenalty
  /// λ of λ Σ P(layer); 0 is as no penalty.
  @Setting("its factor; 0 switches all of this off", .weight)
  public var weight = 1.0
  @Setting("proximal (a step behind the optimizer's) or term (of the loss)")
  public var form = Form.proximal
  @Setting("element, filter (what enters a unit) or neuron (what leaves it)")
  public var grouping = WeightGrouping.element
  @Setting("epochs without the penalty at the start", .count)
  public var startEpoch = 0
  @Setting("last epochs without it, in which zeros stay zeros", .count)
  public var fineTuneEpochs = 0
  @Setting("the learning rate there, as a share of the first one", .positive(upTo: 1e3))
  public var fineTuneRate = 0.25
  /// Of the form `term`: groups of a smaller magnitude, as a share of the largest of their layer,
  /// are 0 when fine-tuning begins.
  @Setting("of term: what is so small beside its layer's largest becomes 0", .shareBelowOne)
  public var threshold = 0.01

  public init() {}

  /// Whether there is anything to do.
  public var isActive: Bool { penalty != Self.noPenalty && weight > 0 }

  func validate(epochs: Int) throws(ConfigurationError) {
    let names = [Self.noPenalty] + NetworkPenaltyCatalog.names
    try check(
      names.contains(penalty), "training.sparsity.penalty",
      expected: "one of " + names.joined(separator: ", "), found: penalty)
    let isProximal = NetworkPenaltyCatalog.penalty(named: penalty) is any ProximalPenalty
    try check(
      !isActive || isProximal || form == .term, "training.sparsity.form",
      expected: "term, as \(penalty) has no proximal step", found: form.rawValue)
    try check(
      !isActive || startEpoch + fineTuneEpochs < epochs, "training.sparsity.fineTuneEpochs",
      expected: "fewer than \(epochs - startEpoch), so that epochs with the penalty are left",
      found: fineTuneEpochs)
  }
}
