import Foundation
import Robustness
import Runs
import SparseRecovery

/// What a pruning came to: the content of `sparsity.json`.
public struct Pruning: Finding, Sendable {
  public internal(set) var schemaVersion = Pruning.currentSchemaVersion
  /// The new run and the one it started from, with the SHA-256 of that one's weights.
  public let run: String
  public let source: String
  public let sourceDigest: String
  public let method: String
  public let data: String
  public let seed: UInt64
  /// Epochs with the penalty and of fine-tuning together.
  public let epochs: Int
  public let sparsity: SparsitySettings
  /// The run as it was.
  public let before: Figures
  /// The new run, without the units that say nothing.
  public let after: Figures
  /// Weights of the pruned network in its old shape.
  public let layers: [LayerSparsity]
  /// Hidden units before and after.
  public let units: [Units]
  /// The largest difference of a logit of the smaller network from the masked one in its old shape,
  /// on `comparedSamples` test samples.
  public let outputDifference: Double
  public let comparedSamples: Int
  /// Of the training, in this session.
  public let trainingSeconds: Double

  /// A network as it was measured.
  public struct Figures: Codable, Sendable {
    /// On all samples that it learned from.
    public let trainAccuracy: Double
    /// Nil where no part is held out.
    public let validationAccuracy: Double?
    public let testAccuracy: Double
    public let parameterCount: Int
    /// Weights of linear layers and convolutions, and how many are not 0.
    public let weightCount: Int
    public let nonZeroCount: Int
    /// The least of five passes over `timedSamples` test images at once, alternating with the other
    /// network.
    public let seconds: Double
    public let timedSamples: Int
    /// On the first samples of the test part; nil if no attack was asked for.
    public let robustness: Robustness?

    /// The training accuracy beyond the test accuracy.
    public var generalisationGap: Double { trainAccuracy - testAccuracy }
  }

  /// Accuracy under attack.
  public struct Robustness: Codable, Sendable {
    public let clean: Accuracy
    public let attacks: [Attack]

    public struct Attack: Codable, Sendable {
      public let name: String
      /// Such as `Linf 8/255`.
      public let threat: String
      public let accuracy: Accuracy
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
  public struct Units: Codable, Sendable {
    public let source: String
    public let reader: String
    public let before: Int
    public let after: Int
  }

  /// The share of the old network's weights that are not 0.
  public var nonZeroShare: Double { layers.nonZeroShare }
}
