import Tensors

/// The cell-wise Zubov functions of Lyapunov functions V,
///
///     W_i(h) = min(1, V_i(h) / min_{j≠i} V_j(h)),
///
/// whose regions {W_i < 1} are the cells in which V_i is least: the decision regions themselves,
/// disjoint by construction and without gaps. W_i is 0 at c_i alone and tends to 1 at the cell's
/// boundary, as Lemma 1 of the paper wants and 1 - e^{-V} does not.
public struct CellFunction: Sendable {
  /// V of all classes, of which W is made.
  public let lyapunov: LyapunovFunction

  /// Creates the W_i of given V_i.
  public init(_ lyapunov: LyapunovFunction) { self.lyapunov = lyapunov }

  /// W of all classes from V, [N, L]; not cut off at 1.
  public static func ratios(_ values: Tensor) -> Tensor {
    let least = -(-values).largest(2, along: 1).values
    let (first, second) = (least.sliced(0..<1, along: 1), least.sliced(1..<2, along: 1))
    let isLeast = values .== first
    // The least of the others is the second least for the class in the lead, the least for others.
    return values / Tensor.select(isLeast, second, first)
  }

  /// W at each point of the class whose cell it lies in, and its derivative along a field.
  public struct Rate {
    /// The classes with the least V and the next, [N] int64 each.
    public let owner: Tensor
    /// The class with the next to least V, [N] int64.
    public let rival: Tensor
    /// W of the owner, [N], at most 1.
    public let value: Tensor
    /// dW/dh · f, [N].
    public let derivative: Tensor
  }

  /// W and dW/dh · velocity at points [N, d]: with i and j the owner and the rival,
  ///
  ///     dW_i · f = (dV_i · f - W_i dV_j · f) / V_j.
  ///
  /// Recorded, once differentiable with respect to points, velocities and V's parameters. Which
  /// classes lead is found without recording, so that derivatives are taken of two classes only.
  public func rates(at points: Tensor, velocities: Tensor) -> Rate {
    let leading = withoutGradients {
      (-lyapunov.detached.values(at: points)).largest(2, along: 1).indices
    }
    let owner = leading.sliced(0..<1, along: 1).squeezed(1)
    let rival = leading.sliced(1..<2, along: 1).squeezed(1)
    let (own, other) = lyapunov.pairedRates(
      at: points, velocities: velocities, first: owner, second: rival)
    let value = own.value / other.value
    return Rate(
      owner: owner, rival: rival, value: value,
      derivative: (own.derivative - value * other.derivative) / other.value)
  }
}

extension LyapunovFunction {
  /// V and dV/dh · velocity of two classes at each point: points and velocities [N, d], classes
  /// [N] int64 each.
  package func pairedRates(
    at points: Tensor, velocities: Tensor, first: Tensor, second: Tensor
  ) -> (Rate, Rate) {
    let groups = ClassGroups(
      classes: first.integers + second.integers, classCount: classCount, device: points.device)
    let twice = { (x: Tensor) in groups.grouped(Tensor.concatenated([x, x])) }
    let rates = rates(at: twice(points), velocities: twice(velocities), groups: groups)
    let (value, derivative, squares) = (
      groups.restored(rates.value), groups.restored(rates.derivative),
      groups.restored(rates.squaredDistance)
    )
    let count = points.shape[0]
    func part(_ range: Range<Int>) -> Rate {
      Rate(
        value: value.sliced(range), derivative: derivative.sliced(range),
        squaredDistance: squares.sliced(range))
    }
    return (part(0..<count), part(count..<2 * count))
  }
}
