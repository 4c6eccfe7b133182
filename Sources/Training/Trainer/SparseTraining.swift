import Methods
import NeuralNetworks
import Runs
import SparseRecovery
import Tensors

/// What `training.sparsity` adds to the steps of a training. Beside the configuration it depends on
/// the weights alone: which are 0 when fine-tuning begins, or goes on after an interruption.
struct SparseTraining {
  private let settings: SparsitySettings
  private let regularizer: NetworkRegularizer
  private let epochs: Int
  private let fineTuneRate: Double
  private var mask: WeightMask?

  /// - Parameter learning: the parameters that learn; nil comes of settings that ask for nothing, or
  ///   of a phase without weights.
  init?(_ training: TrainingSettings, of model: any TrainableClassifier, learning: ModuleState) {
    settings = training.sparsity
    guard settings.isActive,
      let penalty = NetworkPenaltyCatalog.penalty(named: settings.penalty)
    else { return nil }
    let weights = PenalizedWeight.all(
      of: learning, hiddenUnits: model.hiddenUnits, grouping: settings.grouping,
      constrained: model.constrainedParts)
    if weights.isEmpty { return nil }
    regularizer = NetworkRegularizer(
      penalty, weight: settings.weight, grouping: settings.grouping, on: weights)
    epochs = training.epochs
    fineTuneRate = training.learningRate * settings.fineTuneRate
  }

  /// The first epoch of fine-tuning.
  private var fineTuneStart: Int { epochs - settings.fineTuneEpochs }
  private func isPenalized(_ epoch: Int) -> Bool {
    epoch >= settings.startEpoch && epoch < fineTuneStart
  }

  /// Whether a later epoch's model is to be preferred whatever its accuracy.
  func isUnfinished(epoch: Int) -> Bool { epoch < min(fineTuneStart, epochs - 1) }

  /// The share of weights that are not 0.
  var nonZeroShare: Double { regularizer.weights.map(LayerSparsity.init).nonZeroShare }

  /// Fixes which weights stay 0 when fine-tuning begins.
  mutating func begin(_ position: TrainingPosition) {
    guard position.epoch >= fineTuneStart, mask == nil else { return }
    if settings.form == .term, position.epoch == fineTuneStart, position.batch == 0 {
      regularizer.threshold(at: settings.threshold)
    }
    mask = WeightMask(of: regularizer.weights)
  }

  /// The objective of a batch with the penalty beside it, where that is a term.
  func penalizing(_ objective: Objective, epoch: Int) -> Objective {
    guard settings.form == .term, isPenalized(epoch) else { return objective }
    let term = regularizer.term
    return Objective(
      total: objective.total.adding([term], weights: [settings.weight]),
      classification: objective.classification, terms: objective.terms + [("sparsity", term)],
      evaluations: objective.evaluations)
  }

  func learningRate(_ scheduled: Double, epoch: Int) -> Double {
    epoch >= fineTuneStart ? fineTuneRate : scheduled
  }

  /// What follows the optimizer's step.
  func followStep(rate: Double, epoch: Int) {
    if settings.form == .proximal, isPenalized(epoch) { regularizer.proximalStep(rate: rate) }
    mask?.restore()
  }
}
