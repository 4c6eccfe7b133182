import Datasets
import Files
import Robustness
import StableDynamics

/// The conditions under which accuracies were measured. Only figures of one setting are comparable:
/// another number of images, another split or another protocol is another experiment.
package struct EvaluationSetting: Codable, Hashable, Sendable {
  package let data: String
  package let split: DataSplit
  package let evaluationProtocol: EvaluationProtocol
  /// Whether attacks saw only what those before them had left.
  package let isCascade: Bool
  package let sampleCount: Int
  /// The SHA-256 of which samples of which version of the data.
  package let samples: String

  init(_ evaluation: Evaluation) {
    let result = evaluation.result
    data = evaluation.data
    split = evaluation.split
    evaluationProtocol = result.evaluationProtocol
    isCascade = result.isCascade
    sampleCount = result.count
    let indices = result.indices.map(String.init).joined(separator: ",")
    samples = SHA256.digest(of: Array("\(evaluation.dataDigest) \(indices)".utf8))
  }

  /// In words, for a heading.
  package var title: String {
    "\(data), \(sampleCount) \(split.rawValue) sample\(sampleCount == 1 ? "" : "s"), "
      + "protocol \(evaluationProtocol.rawValue)" + (isCascade ? ", cascade" : "")
  }
}
