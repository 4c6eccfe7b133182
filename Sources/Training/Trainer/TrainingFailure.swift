import Distributed

/// A training that cannot go on. Its last checkpoint is as it was before the step that failed.
package struct TrainingFailure: Error, CustomStringConvertible {
  package enum Cause: Sendable {
    /// A term of the loss is infinite or not a number.
    case loss(term: String, value: Double)
    /// The gradient of a parameter is.
    case gradient(parameter: String)
    /// The objective could not be computed, for example because the solver gave up.
    case objective(any Error)
  }

  /// The run's folder.
  package let run: String
  /// The step that failed and its epoch, counted from 1.
  package let step: Int
  package let epoch: Int
  package let cause: Cause
  /// Steps done at the last checkpoint; nil if there is none yet.
  package let checkpointStep: Int?

  package var description: String {
    let problem =
      switch cause {
      case .loss(let term, let value):
        "the loss term '\(term)' is \(value), expected a finite number"
      case .gradient(let parameter):
        "the gradient of '\(parameter)' is not finite, though the loss is"
      case .objective(let error): "\(error)"
      }
    let kept =
      checkpointStep.map { "The checkpoint after step \($0) is kept." }
      ?? "There is no checkpoint yet."
    return "\(run): training stopped at step \(step) (epoch \(epoch)): \(problem). \(kept) "
      + "Try a lower training.learningRate or set training.gradientClipping."
  }
}

/// A training that lost one of its processes; the others end, the first one with a checkpoint.
package struct ProcessLost: Error, Hashable, Sendable, CustomStringConvertible {
  /// The run's folder.
  package let run: String
  /// Steps done.
  package let step: Int
  /// Whether this process is the first one, which has written the checkpoint.
  package let isFirst: Bool
  package let cause: DistributedError

  package var description: String {
    let checkpoint =
      isFirst ? "a checkpoint is written" : "the first process, if it is there, writes a checkpoint"
    return "\(run): another process of this training was lost after step \(step): expected "
      + "\(cause.expected), found \(cause.found); \(checkpoint). Continue with --resume \(run), with "
      + "any number of processes."
  }
}
