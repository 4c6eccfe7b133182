import Distributed

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
