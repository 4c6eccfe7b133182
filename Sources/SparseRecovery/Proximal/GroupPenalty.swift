import Tensors

/// Σ_g ‖x_g‖₂^p over groups of elements, with p = 1 (group lasso; Yuan, Lin 2006) or ½.
///
/// The minimiser of τ‖z‖^p + ½‖z - x‖² of a group is a multiple of x_g, because turning z towards
/// x_g at equal length lowers the second term alone; its length is the threshold of ‖x_g‖.
public struct GroupPenalty: ProximalFunction {
  /// p: 1 or ½.
  public enum Power: Sendable {
    case one, half
  }

  /// The group of each element, numbered from 0.
  public let groups: [Int]
  /// p.
  public let power: Power
  private let assignment: Tensor
  private let count: Int

  /// - Precondition: `groups` are not negative.
  public init(groups: [Int], power: Power) {
    precondition(groups.allSatisfy { $0 >= 0 }, "a group with a negative number")
    self.groups = groups
    self.power = power
    assignment = Tensor(groups.map(Int64.init))
    count = (groups.max() ?? -1) + 1
  }

  /// ‖x_g‖ of each group and column, [G, B].
  public func norms(of x: Tensor) -> Tensor {
    let zeros = Tensor.zeros([count, x.shape[1]], dtype: x.dtype, device: x.device)
    return zeros.adding(x.squared, at: assignment.to(x.device)).squareRoot
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let norms = norms(of: x)
    return (power == .one ? norms : norms.squareRoot).columnSums
  }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let norms = norms(of: x)
    let lengths = power == .one ? norms.softThresholded(by: step) : norms.halfThresholded(by: step)
    return x * (lengths / norms.positiveOrOne).selecting(assignment.to(x.device))
  }
}
