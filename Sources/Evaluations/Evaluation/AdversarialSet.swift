import Foundation
import NeuralNetworks
import Robustness
import Tensors

/// Adversarial examples as a file, `adversarial.safetensors`, so that anyone can check them.
///
/// Tensors: `images` [K, ...] in float32, and for each image `index` (its place in the data set),
/// `label`, `prediction`, `attack` and `threat`, the last two being places in the lists of the
/// metadata.
package struct AdversarialSet {
  /// One image.
  package struct Example: Sendable, Hashable {
    package let index: Int
    package let label: Int
    package let prediction: Int
    package let attack: String
    package let threat: ThreatModel
  }

  /// [K, ...] on the CPU.
  package let images: Tensor
  package let examples: [Example]
  /// The model that was attacked: the hash of its configuration.
  package let configurationHash: String
  package let evaluationProtocol: EvaluationProtocol
  package let split: DataSplit

  /// Those of an evaluation.
  package init(_ found: [AdversarialExamples], of evaluation: Evaluation, sampleShape: [Int]) {
    let stacks = found.compactMap(\.images)
    images =
      stacks.isEmpty
      ? Tensor([Float](), shape: [0] + sampleShape) : Tensor.concatenated(stacks).to(.float32)
    examples = found.flatMap { set in
      set.entries.map {
        Example(
          index: $0.sample.index, label: $0.sample.label, prediction: $0.sample.prediction,
          attack: $0.attack, threat: set.threat)
      }
    }
    configurationHash = evaluation.configurationHash
    evaluationProtocol = evaluation.result.evaluationProtocol
    split = evaluation.split
  }

  init(
    images: Tensor, examples: [Example], configurationHash: String,
    evaluationProtocol: EvaluationProtocol, split: DataSplit
  ) {
    self.images = images
    self.examples = examples
    self.configurationHash = configurationHash
    self.evaluationProtocol = evaluationProtocol
    self.split = split
  }

  /// The threat models, in the order of their first example.
  package var threats: [ThreatModel] {
    examples.map(\.threat).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
