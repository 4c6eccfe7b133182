import Datasets
import DifferentialEquations
import Foundation
import NeuralNetworks
import Robustness
import StableDynamics
import Tensors

/// How a run did: the content of `evaluation.json`.
public struct Evaluation: Finding, Sendable {
  public private(set) var schemaVersion = Evaluation.currentSchemaVersion
  public let method: String
  public let configurationHash: String
  public let data: String
  public let split: DataSplit
  /// The SHA-256 of all samples of the split.
  public let dataDigest: String
  public let parameterCount: Int
  /// Evaluations of the field from h(0) to h(T) in use, for a batch of up to 128 samples, each with
  /// its own steps; nil for a method without dynamics.
  public let solverEvaluations: Int?
  public let device: String
  public let basin: String
  public let seconds: Double
  public let result: EvaluationResult

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - samples: the split that the request names.
  ///   - progress: told how far it has come; it may throw to stop.
  /// - Throws: `RobustnessError` for settings that do not go together; what the model throws.
  public static func measure(
    _ run: Run, on samples: LabelledSamples, _ request: EvaluationRequest,
    progress: (EvaluationProgress) throws -> Void = { _ in }
  ) throws -> (evaluation: Evaluation, examples: [AdversarialExamples]) {
    let start = ProcessInfo.processInfo.systemUptime
    let trained = run.model.trained()
    let outcome = try request.evaluation.run(
      trained, on: run.images(of: samples), progress: progress)
    let batch = run.tensor(of: samples, at: Array(0..<min(128, samples.count)))
    let evaluations = try withoutGradients {
      try trained.solution(batch)?.statistics.evaluations
    }
    let evaluation = Evaluation(
      method: run.configuration.method, configurationHash: try run.configuration.hash,
      data: run.configuration.data.name, split: request.split, dataDigest: samples.sha256(),
      parameterCount: run.model.parameterCount, solverEvaluations: evaluations,
      device: "\(run.device)", basin: Basin.version,
      seconds: ProcessInfo.processInfo.systemUptime - start, result: outcome.result)
    return (evaluation, outcome.examples)
  }
}
