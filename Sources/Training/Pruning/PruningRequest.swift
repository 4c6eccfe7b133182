import Evaluations
import NeuralNetworks
import Runs
import SparseRecovery

/// How a run is to be pruned.
package struct PruningRequest {
  /// The penalty and what belongs to it.
  package var sparsity = SparsitySettings()
  /// Epochs with the penalty; those of fine-tuning are `sparsity.fineTuneEpochs`.
  package var epochs = 10
  /// What the robustness before and after is measured with.
  package var evaluation: EvaluationRequest

  /// A request for the ratio of l1/2 and l2 norms, element by element.
  package init(evaluation: EvaluationRequest) {
    sparsity.penalty = LHalfOverL2Penalty.name
    sparsity.fineTuneEpochs = 5
    self.evaluation = evaluation
  }

  /// The configuration of the training that prunes a run: the run's own but for the penalty and the
  /// epochs. The learning rate falls to a tenth for the last 40 per cent of the epochs with the
  /// penalty.
  ///
  /// - Throws: `ConfigurationError` if settings do not go together.
  func configuration(from source: Configuration) throws -> Configuration {
    let total = epochs + sparsity.fineTuneEpochs
    func training(_ key: String, _ value: ConfigurationTree) -> ConfigurationOverride {
      ConfigurationOverride(["training", key], value, origin: "the pruning")
    }
    let penalty = try ConfigurationTree(encoding: sparsity)
    return try source.applying(
      penalty.leaves.map {
        ConfigurationOverride(
          ["training", "sparsity", $0.key], $0.value, origin: "the pruning")
      } + [
        training("epochs", .integer(total)),
        training("milestones", .list([.number(0.6 * Double(epochs) / Double(total))])),
        training("factor", .number(0.1)),
      ])
  }
}

extension UnitRemoval {
  /// The settings of the smaller network, below `model`.
  package var overrides: [ConfigurationOverride] {
    var settings: [String: [(position: Int?, count: Int)]] = [:]
    for group in counts {
      settings[group.units.setting, default: []].append((group.units.position, group.after))
    }
    return settings.sorted { $0.key < $1.key }.map { key, counts in
      let isList = counts.allSatisfy { $0.position != nil }
      let sorted = counts.sorted { ($0.position ?? 0) < ($1.position ?? 0) }
      return ConfigurationOverride(
        ["model"] + key.split(separator: ".").map(String.init),
        isList ? .list(sorted.map { .integer($0.count) }) : .integer(counts[0].count),
        origin: "the pruning")
    }
  }
}
