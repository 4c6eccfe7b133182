import Foundation
import NeuralNetworks
import Runs
import Training

/// What `basin train` prints.
struct TrainingResult: Finding {
  private(set) var schemaVersion = TrainingResult.currentSchemaVersion
  let run: String
  let method: String
  let data: String
  let seed: UInt64
  let epochs: Int
  let steps: Int
  let parameterCount: Int
  /// Of this session.
  let seconds: Double
  let testAccuracy: Double
  let validationAccuracy: Double?
  /// The SHA-256 of the weights.
  let weightsDigest: String

  init(_ trainer: Trainer, _ summary: TrainingSummary) {
    run = summary.folder.path
    method = trainer.configuration.method
    data = trainer.configuration.data.name
    seed = trainer.configuration.seed
    epochs = trainer.position.epoch
    steps = summary.steps
    parameterCount = trainer.model.parameterCount
    seconds = summary.seconds
    testAccuracy = summary.testAccuracy
    validationAccuracy = summary.validationAccuracy
    weightsDigest = trainer.model.state.digest
  }

  var text: String {
    let validation = validationAccuracy.map { String(format: ", validation %.2f %%", 100 * $0) }
    return """
      \(method) on \(data), seed \(seed): test accuracy \(String(format: "%.2f %%", 100 * testAccuracy))\
      \(validation ?? "") after \(epochs) epochs, \(steps) steps, \
      \(String(format: "%.1f s", seconds))
      \(run)
      """
  }
}
