import Tensors

/// The positive definite functions of all classes (paper, section III-A),
///
///     V_i(h) = σ(g(h - c_i, c_i) - g(0, c_i)) + δ ||h - c_i||²,
///
/// with σ the smoothed ReLU (0; t²/2s; t - s/2). This is a snapshot of the parameters of one step:
/// gates are folded and g(0, c_i) is evaluated once, however many points follow.
public struct LyapunovFunction: Sendable {
  public let networks: ClassConvexNetworks
  /// c_i, [L, d].
  public let equilibria: Tensor
  /// g(0, c_i), [L].
  public let valuesAtOrigin: Tensor
  /// δ > 0.
  public let quadraticWeight: Double
  /// s > 0, the width of σ's parabola.
  public let smoothing: Double

  public init(
    networks: ClassConvexNetworks, equilibria: Tensor, quadraticWeight: Double = 0.5,
    smoothing: Double = 0.1
  ) {
    self.networks = networks
    self.equilibria = equilibria
    self.quadraticWeight = quadraticWeight
    self.smoothing = smoothing
    valuesAtOrigin = networks.valuesAtOrigin
  }

  private init(detaching other: LyapunovFunction) {
    networks = other.networks.detached
    equilibria = other.equilibria.detached
    valuesAtOrigin = other.valuesAtOrigin.detached
    quadraticWeight = other.quadraticWeight
    smoothing = other.smoothing
  }

  /// The same functions, cut off from the graph.
  public var detached: LyapunovFunction { LyapunovFunction(detaching: self) }

  public var classCount: Int { equilibria.shape[0] }

  /// V of each point's own class: points [N, d] in the order of `groups`; result [N].
  public func values(at points: Tensor, groups: ClassGroups) -> Tensor {
    let x = points - equilibria.selecting(groups.classes)
    let g = networks.values(at: x, groups: groups.groups, lanes: 1)
    let excess = g - valuesAtOrigin.selecting(groups.classes)
    return smoothedReLU(excess) + x.squared.sum(along: 1) * quadraticWeight
  }

  /// V of each point's own class and its derivative along a field.
  public struct Rate: Sendable {
    /// V_i(h), [N].
    public let value: Tensor
    /// dV_i/dh · f(h), [N].
    public let derivative: Tensor
    /// ||h - c_i||², [N].
    public let squaredDistance: Tensor
  }

  /// V and dV/dh · velocity by a forward-mode product; points and velocities [N, d] in the order
  /// of `groups`.
  public func rates(at points: Tensor, velocities: Tensor, groups: ClassGroups) -> Rate {
    let x = points - equilibria.selecting(groups.classes)
    let lanes = Tensor.stacked([x, velocities], along: 1).reshaped([-1, x.shape[1]])
    let g = networks.values(at: lanes, groups: groups.groups, lanes: 2).reshaped([-1, 2])
    let excess = g.sliced(0..<1, along: 1).squeezed(1) - valuesAtOrigin.selecting(groups.classes)
    let squaredDistance = x.squared.sum(along: 1)
    return Rate(
      value: smoothedReLU(excess) + squaredDistance * quadraticWeight,
      derivative: smoothedStep(excess) * g.sliced(1..<2, along: 1).squeezed(1)
        + (x * velocities).sum(along: 1) * (2 * quadraticWeight),
      squaredDistance: squaredDistance)
  }

  /// V of every class at every point: points [N, d], result [N, L].
  public func values(at points: Tensor) -> Tensor {
    let (count, dimension) = (points.shape[0], points.shape[1])
    let x = (points.unsqueezed(0) - equilibria.unsqueezed(1)).reshaped([-1, dimension])
    let groups = RowGroups(sizes: [Int](repeating: count, count: classCount))
    let g = networks.values(at: x, groups: groups, lanes: 1).reshaped([classCount, count])
    let excess = g - valuesAtOrigin.unsqueezed(1)
    let squares = x.squared.sum(along: 1).reshaped([classCount, count])
    return (smoothedReLU(excess) + squares * quadraticWeight).transposed
  }

  /// dV_i/dh of every class at every point, [N, L, d].
  public func gradients(at points: Tensor) -> Tensor {
    let (count, dimension) = (points.shape[0], points.shape[1])
    let repeated = points.unsqueezed(0).expanded([classCount, count, dimension])
      .reshaped([-1, dimension]).differentiable()
    let classes = (0..<classCount).flatMap { [Int](repeating: $0, count: count) }
    let groups = ClassGroups(classes: classes, classCount: classCount, device: points.device)
    let slopes = withGradients {
      gradient(of: detached.values(at: repeated, groups: groups).sum(), wrt: [repeated])[0]
    }
    return slopes.reshaped([classCount, count, dimension]).permuted([1, 0, 2])
  }

  /// σ(t), twice differentiable almost everywhere.
  func smoothedReLU(_ t: Tensor) -> Tensor {
    t.clamped(to: 0...smoothing).squared / (2 * smoothing) + (t - smoothing).relu
  }

  /// σ'(t).
  func smoothedStep(_ t: Tensor) -> Tensor { t.clamped(to: 0...smoothing) / smoothing }
}
