import NeuralNetworks
import Runs
import SparseRecovery

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
