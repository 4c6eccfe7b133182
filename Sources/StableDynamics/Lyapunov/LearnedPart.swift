import Tensors

/// How a convex function g, of which nothing else is known, becomes one that is 0 at x = 0 and at
/// least 0 elsewhere.
public enum LearnedPart: Sendable {
  /// σ(g(x) - g(0)), with σ the smoothed ReLU (0; t²/2s; t - s/2) of this s > 0: the paper's form.
  /// It is 0 all over the half space in which g falls.
  case rectified(smoothing: Double)
  /// s (g(x) - g(0) - ⟨∇g(0), x⟩), Bregman's distance from 0: as g is convex, so is this, and at
  /// least 0. `scale` is s > 0, [1]; `slopesAtOrigin` are the ∇g_i(0), [L, d].
  case bregman(scale: Tensor, slopesAtOrigin: Tensor)

  /// The same, cut off from the graph.
  var detached: LearnedPart {
    switch self {
    case .rectified: self
    case .bregman(let scale, let slopes):
      .bregman(scale: scale.detached, slopesAtOrigin: slopes.detached)
    }
  }

  /// The width of σ's parabola; 0 where there is no σ.
  var smoothing: Double {
    switch self {
    case .rectified(let smoothing): smoothing
    case .bregman: 0
    }
  }

  /// ∇g_i(0) [L, d] where the linear part is taken away.
  var linearPart: Tensor? {
    switch self {
    case .rectified: nil
    case .bregman(_, let slopes): slopes
    }
  }

  /// The function of the excess t = g(x) - g(0), less the linear part.
  func value(_ excess: Tensor) -> Tensor {
    switch self {
    case .rectified(let smoothing):
      return excess.clamped(to: 0...smoothing).squared / (2 * smoothing)
        + (excess - smoothing).relu
    case .bregman(let scale, _):
      // Next to the equilibrium rounding may leave less than 0.
      return excess.relu * scale
    }
  }

  /// Its derivative in t.
  func slope(_ excess: Tensor) -> Tensor {
    switch self {
    case .rectified(let smoothing): excess.clamped(to: 0...smoothing) / smoothing
    // As of `value`: at the equilibrium, where there is no excess, V is flat.
    case .bregman(let scale, _): (excess .> 0).to(excess.dtype) * scale
    }
  }

  /// A bound of the slope, from one of g's.
  func slopeBound(ofConvex bound: Double) -> Double {
    switch self {
    case .rectified: bound
    case .bregman(let scale, _): 2 * scale.item * bound
    }
  }
}

extension LearnedPart {
  /// The s with which Bregman's form makes up a given share of V, on average over the places
  /// half-way from each equilibrium to each other one.
  package static func bregmanScale(
    of networks: ClassConvexNetworks, equilibria: Tensor, quadraticWeight: Double, share: Double
  ) -> Double {
    let count = equilibria.shape[0]
    let pairs = (0..<count).flatMap { i in (0..<count).filter { $0 != i }.map { (i, $0) } }
    let owners = pairs.map(\.0)
    func points(_ classes: [Int]) -> Tensor {
      equilibria.selecting(Tensor(classes.map(Int64.init), device: equilibria.device))
    }
    let halfWay = (points(owners) + points(pairs.map(\.1))) * 0.5
    let unscaled = LyapunovFunction(
      networks: networks, equilibria: equilibria, quadraticWeight: 0,
      learnedPart: .bregman(
        scale: .ones([1], dtype: equilibria.dtype, device: equilibria.device),
        slopesAtOrigin: networks.slopesAtOrigin))
    let learned = unscaled.values(
      at: halfWay,
      groups: ClassGroups(classes: owners, classCount: count, device: equilibria.device))
    let squares = (halfWay - points(owners)).squared.sum(along: 1)
    return share / (1 - share) * quadraticWeight * squares.mean().item
      / max(learned.mean().item, 1e-12)
  }
}
