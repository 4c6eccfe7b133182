import Tensors

/// Where each sample of an initial value problem ended that was followed until an event.
public struct EventSolution {
  /// The time at which each sample ended, at its event or at the end of the time: [N], float64.
  public let times: Tensor
  /// The states then: [N, ...].
  public let states: Tensor
  /// Whether each sample came to the zero that ends it.
  public let hasEnded: [Bool]
  /// The times of all zeros that count, of each sample, in order.
  public let zeros: [[Double]]
  public let statistics: Solution.Statistics
}
