import Tensors

/// A scalar function g(t, y) of each sample, whose zeros along the trajectory are looked for.
///
/// ```swift
/// Event { y in y.norm(along: 1) - 0.1 }                       // nearer to 0 than 0.1, or farther
/// Event(.falling, endsAt: nil) { t, y in y.column(0) - t }    // every time that y_0 falls below t
/// ```
///
/// A zero is where g reaches 0 from one side; one that a trajectory starts at is none. g is looked at
/// where steps end, so two zeros within one step are missed: `AdaptiveSteps.largestStep` bounds how
/// close they may be.
public struct Event {
  /// The zeros that count.
  public enum Direction: Sendable, Hashable {
    /// Those that g reaches from below.
    case rising
    /// Those that g reaches from above.
    case falling
    case either
  }

  /// g of the times and states of some samples, [M] and [M, ...], to [M].
  public typealias Function = (_ times: Tensor, _ states: Tensor) throws -> Tensor

  /// Which zeros of g count: those where it rises, falls, or either.
  public let direction: Direction
  /// Which zero of a sample ends it: 1 for the first; nil if none does.
  public let ending: Int?
  /// The length of the interval of time in which a zero is enclosed; its end, where g has reached 0
  /// or is just beyond, is the time that is given.
  public let tolerance: Double
  let function: Function

  /// An event of a function of time and state.
  ///
  /// - Parameters:
  ///   - direction: which zeros count.
  ///   - ending: which of them ends a sample: 1 for the first; nil if none does.
  ///   - tolerance: the length of the interval of time in which a zero is enclosed, positive.
  ///   - function: g, row by row: a row's value depends on that row's time and state alone.
  public init(
    _ direction: Direction = .either, endsAt ending: Int? = 1, tolerance: Double = 1e-9,
    _ function: @escaping Function
  ) {
    self.direction = direction
    self.ending = ending
    self.tolerance = tolerance
    self.function = function
  }

  /// An event of a function of the state.
  public init(
    _ direction: Direction = .either, endsAt ending: Int? = 1, tolerance: Double = 1e-9,
    _ function: @escaping (_ states: Tensor) throws -> Tensor
  ) {
    self.init(direction, endsAt: ending, tolerance: tolerance) { try function($1) }
  }

  /// Whether g comes to a zero that counts on its way from one value to another.
  func isReached(from before: Double, to after: Double) -> Bool {
    (direction != .falling && before < 0 && after >= 0)
      || (direction != .rising && before > 0 && after <= 0)
  }

  /// g of some samples at times of their own.
  func values(_ times: [Double], _ states: Tensor) throws -> Tensor {
    let values = try function(Tensor(times, shape: [times.count]).like(states), states)
    precondition(
      values.shape == [times.count],
      "an event's function maps states \(states.shape) to \(values.shape): it has one value a sample"
    )
    return values
  }
}

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
  /// The work of the solution, that of finding the zeros included.
  public let statistics: Solution.Statistics
}
