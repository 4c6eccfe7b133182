/// A learning rate that falls by a factor at certain epochs: a pure function, without state.
public struct MultiStepSchedule: Sendable, Hashable {
  /// Epochs, counted from 0, that are the first with a lower rate.
  public let milestones: [Int]
  /// What the rate is multiplied with at each milestone.
  public let factor: Double

  /// A schedule with the given milestones, in any order; none keeps the rate constant.
  public init(milestones: [Int], factor: Double = 0.1) {
    self.milestones = milestones
    self.factor = factor
  }

  /// The rate of an epoch, as a multiple of the initial rate: factor^(milestones reached).
  public func callAsFunction(epoch: Int) -> Double {
    milestones.reduce(1) { $1 <= epoch ? $0 * factor : $0 }
  }
}
