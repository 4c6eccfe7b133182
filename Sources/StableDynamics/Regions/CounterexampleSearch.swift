import Tensors

/// Searches, from points of trajectories, for states where Zubov's equation is violated most:
/// projected gradient ascent on l_con inside the prescribed region (Algorithm 2, lines 8-13).
///
/// Deviation: the paper writes ĥ + Proj(η ∇l), a projected step; Basin projects the point,
/// c + min(1, v/V(h)) (h - c), which lies inside for certain because V is convex. The literal
/// reading jumps to where W is saturated.
public struct CounterexampleSearch: Sendable {
  /// N_2.
  public var stepCount: Int
  /// η_2.
  public var rate: Double
  /// The W of the region's boundary.
  public var level: Double

  /// Creates a search, by default with the paper's N_2 and η_2.
  public init(stepCount: Int = 5, rate: Double = 1.2, level: Double = 0.95) {
    self.stepCount = stepCount
    self.rate = rate
    self.level = level
  }

  /// Counterexamples from `points` [N, d] in the order of `groups`; constants.
  ///
  /// - Parameters:
  ///   - firstGradient: ∇l_con at `points`, if it is known already.
  public func points(
    from points: Tensor, groups: ClassGroups, lyapunov: LyapunovFunction,
    field: (Tensor) -> Tensor, loss: ConsistencyLoss, firstGradient: Tensor? = nil
  ) -> Tensor {
    let centers = lyapunov.equilibria.selecting(groups.classes)
    let boundary = ZubovTransform.value(atLevel: level)
    var current = points.detached
    for step in 0..<stepCount {
      let ascent: Tensor
      if step == 0, let firstGradient {
        ascent = firstGradient
      } else {
        let leaf = current.differentiable()
        let violation = loss.pointwise(
          lyapunov.rates(at: leaf, velocities: field(leaf), groups: groups))
        ascent = gradient(of: violation.sum(), wrt: [leaf])[0]
      }
      current = withoutGradients {
        let moved = current.adding([ascent], weights: [rate])
        let value = lyapunov.values(at: moved, groups: groups)
        let shrink = (boundary / value).minimum(1)
        return centers + (moved - centers) * shrink.unsqueezed(1)
      }
    }
    return current
  }
}
