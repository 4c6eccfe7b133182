import Datasets
import DifferentialEquations
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// How a model did: the content of `evaluation.json`.
package struct Evaluation: Finding, Sendable {
  package private(set) var schemaVersion = Evaluation.currentSchemaVersion
  /// The method of a run; `torchscript` for a model of another program's.
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  /// The SHA-256 of all samples of the split.
  package let dataDigest: String
  package let parameterCount: Int
  /// Evaluations of the field from h(0) to h(T) in use, for a batch of up to 128 samples, each with
  /// its own steps; nil for a method without dynamics.
  package let solverEvaluations: Int?
  package let device: String
  package let basin: String
  package let seconds: Double
  package let result: EvaluationResult

  /// What a model of another program's is given of pixels; nil for a run, whose configuration says it.
  package let preparation: String?

  /// Where the examples of an evaluation are that is kept in a file of the user's choice.
  package static func examples(beside file: URL) -> URL {
    let name = file.deletingPathExtension().lastPathComponent
    return file.deletingLastPathComponent().appendingPathComponent(
      "\(name)-adversarial.safetensors")
  }

  /// Measures a run, or a model of another program's.
  ///
  /// - Parameters:
  ///   - samples: the split that the request names.
  ///   - progress: told how far it has come; it may throw to stop.
  /// - Throws: `Failure` for settings that do not go together; what the model throws.
  package static func measure(
    _ subject: any EvaluationSubject, on samples: LabelledSamples, _ request: EvaluationRequest,
    progress: (EvaluationProgress) throws -> Void = { _ in }
  ) throws -> (evaluation: Evaluation, examples: [AdversarialExamples]) {
    let start = ProcessInfo.processInfo.systemUptime
    let classifier = subject.classifier()
    let outcome = try request.evaluation.run(
      classifier, on: subject.images(of: samples), progress: progress)
    let batch = subject.tensor(of: samples, at: Array(0..<min(128, samples.count)))
    let evaluations = try withoutGradients {
      try (classifier as? any TrainedClassifier)?.solution(batch)?.statistics.evaluations
    }
    let evaluation = Evaluation(
      method: subject.name, configurationHash: try subject.configurationHash,
      data: subject.dataName, split: request.split, dataDigest: samples.sha256(),
      parameterCount: subject.parameterCount, solverEvaluations: evaluations,
      device: "\(subject.device)", basin: Basin.version,
      seconds: ProcessInfo.processInfo.systemUptime - start, result: outcome.result,
      preparation: subject.preparationNote)
    return (evaluation, outcome.examples)
  }
}
