import Tensors

/// The positive definite functions of all classes (paper, section III-A),
///
///     V_i(h) = p(g(h - c_i, c_i)) + δ ||h - c_i||²,
///
/// with p(g) = σ(g - g(0)) in the paper; see `LearnedPart`. V_i and ∇V_i are exactly 0 at h = c_i, on
/// any machine. This is a snapshot of the parameters of one step: gates are folded and the networks
/// are evaluated at c_i once, however many points follow.
public struct LyapunovFunction: Sendable {
  /// g of all classes, gates folded in.
  public let networks: ClassConvexNetworks
  /// c_i, [L, d].
  public let equilibria: Tensor
  /// The networks at h = c_i.
  let origin: ClassConvexNetworks.Origin
  /// δ > 0.
  public let quadraticWeight: Double
  /// How g becomes positive definite.
  public let learnedPart: LearnedPart

  /// - Parameter smoothing: the width of σ's parabola in the paper's form.
  public init(
    networks: ClassConvexNetworks, equilibria: Tensor, quadraticWeight: Double = 0.5,
    smoothing: Double = 0.1
  ) {
    self.init(
      networks: networks, equilibria: equilibria, quadraticWeight: quadraticWeight,
      learnedPart: .rectified(smoothing: smoothing))
  }

  /// Creates V of a form of the learned part; evaluates the networks at the equilibria.
  ///
  /// - Parameters:
  ///   - equilibria: c_i, [L, d].
  ///   - quadraticWeight: δ > 0.
  public init(
    networks: ClassConvexNetworks, equilibria: Tensor, quadraticWeight: Double,
    learnedPart: LearnedPart
  ) {
    self.networks = networks
    self.equilibria = equilibria
    self.quadraticWeight = quadraticWeight
    self.learnedPart = learnedPart
    origin = networks.origin
  }

  private init(detaching other: LyapunovFunction) {
    networks = other.networks.detached
    equilibria = other.equilibria.detached
    origin = other.origin.detached
    quadraticWeight = other.quadraticWeight
    learnedPart = other.learnedPart.detached
  }

  /// The same functions, cut off from the graph.
  public var detached: LyapunovFunction { LyapunovFunction(detaching: self) }

  /// L.
  public var classCount: Int { equilibria.shape[0] }

  /// The widest of the vectors that an evaluation keeps of a point.
  var width: Int {
    networks.layers.map { $0.bias.shape[1] }.reduce(equilibria.shape[1], max)
  }

  /// g(0, c_i), [L].
  public var valuesAtOrigin: Tensor { origin.values }

  /// The width of σ's parabola; 0 where there is no σ.
  public var smoothing: Double { learnedPart.smoothing }

  /// V of each point's own class: points [N, d] in the order of `groups`; result [N].
  public func values(at points: Tensor, groups: ClassGroups) -> Tensor {
    let x = points - equilibria.selecting(groups.classes)
    let rise = networks.values(at: x, above: origin, groups: groups.groups, lanes: 1)
    let excess = linearPartRemoved(from: rise, x, groups.classes)
    return learnedPart.value(excess) + x.squared.sum(along: 1) * quadraticWeight
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
    let g = networks.values(at: lanes, above: origin, groups: groups.groups, lanes: 2)
      .reshaped([-1, 2])
    let excess = linearPartRemoved(
      from: g.sliced(0..<1, along: 1).squeezed(1), x, groups.classes)
    let growth = linearPartRemoved(
      from: g.sliced(1..<2, along: 1).squeezed(1), velocities, groups.classes)
    let squaredDistance = x.squared.sum(along: 1)
    return Rate(
      value: learnedPart.value(excess) + squaredDistance * quadraticWeight,
      derivative: learnedPart.slope(excess) * growth
        + (x * velocities).sum(along: 1) * (2 * quadraticWeight),
      squaredDistance: squaredDistance)
  }

  /// V of every class at every point: points [N, d], result [N, L].
  public func values(at points: Tensor) -> Tensor {
    let (count, dimension) = (points.shape[0], points.shape[1])
    let x = (points.unsqueezed(0) - equilibria.unsqueezed(1)).reshaped([-1, dimension])
    let groups = RowGroups(sizes: [Int](repeating: count, count: classCount))
    var excess = networks.values(at: x, above: origin, groups: groups, lanes: 1)
      .reshaped([classCount, count])
    if let slopes = learnedPart.linearPart {
      excess =
        excess
        - x.reshaped([classCount, count, dimension]).matmul(slopes.unsqueezed(2)).squeezed(2)
    }
    let squares = x.squared.sum(along: 1).reshaped([classCount, count])
    return (learnedPart.value(excess) + squares * quadraticWeight).transposed
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

  /// `values` less ⟨∇g_i(0), x⟩ of each row's class, where the learned part is without it.
  private func linearPartRemoved(
    from values: Tensor, _ x: Tensor, _ classes: Tensor
  ) -> Tensor {
    guard let slopes = learnedPart.linearPart else { return values }
    return values - (x * slopes.selecting(classes)).sum(along: 1)
  }
}

extension LyapunovFunction {
  /// The least distance between two equilibria.
  var equilibriumSpacing: Double {
    let c = equilibria.to(.float64)
    let squares = (c.unsqueezed(0) - c.unsqueezed(1)).squared.sum(along: 2)
    let masked = squares + Tensor.identity(c.shape[0], dtype: .float64) * 1e30
    return masked.min().squareRoot.item
  }
}
