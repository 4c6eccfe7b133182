import Foundation
import Robustness
import Runs
import SparseRecovery

/// What a pruning came to: the content of `sparsity.json`.
package struct Pruning: Finding, Sendable {
  package internal(set) var schemaVersion = Pruning.currentSchemaVersion
  /// The new run and the one it started from, with the SHA-256 of that one's weights.
  package let run: String
  package let source: String
  package let sourceDigest: String
  package let method: String
  package let data: String
  package let seed: UInt64
  /// Epochs with the penalty and of fine-tuning together.
  package let epochs: Int
  package let sparsity: SparsitySettings
  /// The run as it was.
  package let before: Figures
  /// The new run, without the units that say nothing.
  package let after: Figures
  /// Weights of the pruned network in its old shape.
  package let layers: [LayerSparsity]
  /// Hidden units before and after.
  package let units: [Units]
  /// The largest difference of a logit of the smaller network from the masked one in its old shape,
  /// on `comparedSamples` test samples.
  package let outputDifference: Double
  package let comparedSamples: Int
  /// Of the training, in this session.
  package let trainingSeconds: Double

  /// A network as it was measured.
  package struct Figures: Codable, Sendable {
    /// On all samples that it learned from.
    package let trainAccuracy: Double
    /// Nil where no part is held out.
    package let validationAccuracy: Double?
    package let testAccuracy: Double
    package let parameterCount: Int
    /// Weights of linear layers and convolutions, and how many are not 0.
    package let weightCount: Int
    package let nonZeroCount: Int
    /// The least of five passes over `timedSamples` test images at once, alternating with the other
    /// network.
    package let seconds: Double
    package let timedSamples: Int
    /// On the first samples of the test part; nil if no attack was asked for.
    package let robustness: Robustness?

    /// The training accuracy beyond the test accuracy.
    package var generalisationGap: Double { trainAccuracy - testAccuracy }
  }

  /// Accuracy under attack.
  package struct Robustness: Codable, Sendable {
    package let clean: Accuracy
    package let attacks: [Attack]

    package struct Attack: Codable, Sendable {
      package let name: String
      /// Such as `Linf 8/255`.
      package let threat: String
      package let accuracy: Accuracy
    }

    init(_ result: EvaluationResult) {
      clean = result.clean
      attacks = result.threats.flatMap { threat in
        threat.attacks.map {
          Attack(name: $0.name, threat: "\(threat.threat)", accuracy: $0.accuracy)
        } + [
          Attack(name: "worst of these", threat: "\(threat.threat)", accuracy: threat.worstCase)
        ]
      }
    }
  }

  /// Hidden units that one layer makes and the next one reads.
  package struct Units: Codable, Sendable {
    package let source: String
    package let reader: String
    package let before: Int
    package let after: Int
  }

  /// The share of the old network's weights that are not 0.
  package var nonZeroShare: Double { layers.nonZeroShare }
}
