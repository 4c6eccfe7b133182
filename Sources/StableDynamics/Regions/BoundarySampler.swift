import Foundation
import Tensors

/// Finds where W_i reaches a level along rays from c_i; V_i grows along each, being convex with its
/// minimum at c_i.
///
/// The paper takes the boundary of D_W = {W < 1}; as V is finite that is the whole space, so the
/// boundary here is the level W = ρ < 1.
public struct BoundarySampler: Sendable {
  /// How the length of a ray is found.
  public enum Search: String, Codable, Sendable, CaseIterable {
    /// Algorithm 1 as printed: unit steps, halved at each reversal, in W.
    case bisection
    /// Newton's method from the outside, which convexity makes monotone; about three evaluations
    /// of what depends on the length alone. Its points meet Algorithm 1's tolerance.
    case newton
  }

  /// ρ in (0, 1).
  public var level: Double
  /// ε: a point is accepted if |W - ρ| ≤ ε.
  public var tolerance: Double
  /// Steps of the search before a ray counts as not converged.
  public var iterationLimit: Int
  /// Newton's method by default, whose points meet the printed algorithm's tolerance.
  public var search: Search

  /// Rays searched at a time; where omitted as `PointBlocks` says.
  package var raysAtOnce: Int?

  /// Creates a sampler of the level W = ρ, by default with the paper's ε.
  public init(
    level: Double = 0.95, tolerance: Double = 0.01, iterationLimit: Int = 30,
    search: Search = .newton
  ) {
    self.level = level
    self.tolerance = tolerance
    self.iterationLimit = iterationLimit
    self.search = search
  }

  /// Where each ray meets the boundary. Nothing is recorded: the points are constants. Rays are searched
  /// in blocks (`PointBlocks`).
  public func points(_ lyapunov: LyapunovFunction, along rays: BoundaryRays) -> BoundaryPoints {
    withoutGradients {
      let blocks = PointBlocks.cut(
        0..<rays.owners.count, into: raysAtOnce ?? PointBlocks.count(width: lyapunov.width))
      let found = blocks.map { block in
        let part = rays.sliced(block)
        let (lengths, converged) =
          search == .newton ? newton(lyapunov, part) : bisected(lyapunov, part)
        let starts = lyapunov.equilibria.selecting(
          Tensor(part.owners.map(Int64.init), device: lengths.device))
        return (
          points: starts + part.directions * lengths.unsqueezed(1), lengths: lengths,
          converged: converged
        )
      }
      return BoundaryPoints(
        owners: rays.owners, points: .concatenated(found.map(\.points)),
        lengths: .concatenated(found.map(\.lengths)),
        converged: .concatenated(found.map(\.converged)), foreign: rays.foreign)
    }
  }

  /// Lengths [R] and whether each search has converged, [R] bool.
  private typealias Found = (lengths: Tensor, converged: Tensor)

  // MARK: Algorithm 1

  private func bisected(_ lyapunov: LyapunovFunction, _ rays: BoundaryRays) -> Found {
    let count = rays.owners.count
    let reference = rays.directions
    var lengths = Tensor.zeros([count], dtype: reference.dtype, device: reference.device)
    var active = Array(0..<count)
    var steps = Tensor.ones(like: lengths)
    var isFinite = Tensor.ones([count], dtype: .bool, device: reference.device)
    for _ in 0..<iterationLimit where !active.isEmpty {
      let indices = Tensor(active.map(Int64.init), device: reference.device)
      let length = lengths.selecting(indices) + steps
      lengths = lengths.replacing(at: indices, with: length)
      let owners = active.map { rays.owners[$0] }
      let groups = ClassGroups(
        classes: owners, classCount: lyapunov.classCount, device: reference.device)
      let starts = lyapunov.equilibria.selecting(groups.classes)
      let w = ZubovTransform.region(
        lyapunov.values(
          at: starts + reference.selecting(indices) * length.unsqueezed(1), groups: groups))
      isFinite = isFinite.replacing(at: indices, with: w.isFinite)
      // +1 where the boundary lies further out, -1 where it lies further in, 0 where it is found.
      let move =
        (w .< (level - tolerance)).to(w.dtype) - (w .> (level + tolerance)).to(w.dtype)
      let factor = ((move + steps.sign).magnitude + 2) / 4
      steps = steps.magnitude * factor * move
      let remaining = (move .!= 0).trueIndices
      steps = steps.selecting(remaining)
      active = remaining.integers.map { active[$0] }
    }
    var found = [Bool](repeating: true, count: count)
    for ray in active { found[ray] = false }
    return (lengths, Tensor(found, device: reference.device) .& isFinite)
  }

  // MARK: Newton along rays

  private func newton(_ lyapunov: LyapunovFunction, _ rays: BoundaryRays) -> Found {
    let target = ZubovTransform.value(atLevel: level)
    let profile = RayProfile(lyapunov, rays)
    // V ≥ δ s², so the boundary is no further out than this.
    let outermost = (target / lyapunov.quadraticWeight).squareRoot()
    var lengths = Tensor.full(
      outermost, [rays.owners.count], dtype: rays.directions.dtype, device: rays.directions.device)
    // A tenth of what Algorithm 1 accepts, in W.
    let slack = tolerance / 10
    var converged = Tensor.zeros([rays.owners.count], dtype: .bool)
    for iteration in 1...iterationLimit {
      let (value, slope) = profile.values(at: lengths)
      converged = (ZubovTransform.region(value) - level).magnitude .<= slack
      if iteration == iterationLimit || converged.all().item == 1 { break }
      lengths = lengths - (value - target) / slope
    }
    return (lengths, converged)
  }
}

/// V along rays as a function of length alone: V_i(c_i + s q) and its derivative in s. What every
/// layer sees of the input is s (X_k q), so X_k q is computed once for all lengths.
private struct RayProfile {
  let lyapunov: LyapunovFunction
  let groups: ClassGroups
  /// X_k q for each layer, [R, n_k].
  let projections: [Tensor]
  /// ⟨∇g(0), q⟩, [R], where the learned part is without it.
  let linearPart: Tensor?

  init(_ lyapunov: LyapunovFunction, _ rays: BoundaryRays) {
    self.lyapunov = lyapunov.detached
    let groups = ClassGroups(
      classes: rays.owners, classCount: lyapunov.classCount, device: rays.directions.device)
    self.groups = groups
    projections = lyapunov.networks.layers.map {
      rays.directions.groupedLinear($0.input, groups: groups.groups, lanes: 1)
    }
    linearPart = self.lyapunov.learnedPart.linearPart.map {
      (rays.directions * $0.selecting(groups.classes)).sum(along: 1)
    }
  }

  func values(at lengths: Tensor) -> (value: Tensor, slope: Tensor) {
    let scales = Tensor.stacked([lengths, .ones(like: lengths)], along: 1).unsqueezed(2)
    var z: Tensor?
    for (k, layer) in lyapunov.networks.layers.enumerated() {
      let projection = projections[k]
      var a = (projection.unsqueezed(1) * scales).reshaped([-1, projection.shape[1]])
      if let hidden = layer.hidden {
        a = z!.groupedLinear(hidden, groups: groups.groups, lanes: 2, addingTo: a)
      }
      z =
        a.softplusLanes(
          bias: lyapunov.origin.arguments[k], groups: groups.groups, lanes: 2, isRise: true
        ).values
    }
    let g = z!.reshaped([-1, 2])
    var excess = g.sliced(0..<1, along: 1).squeezed(1)
    var growth = g.sliced(1..<2, along: 1).squeezed(1)
    if let linearPart {
      excess = excess - linearPart * lengths
      growth = growth - linearPart
    }
    let delta = lyapunov.quadraticWeight
    return (
      lyapunov.learnedPart.value(excess) + lengths.squared * delta,
      lyapunov.learnedPart.slope(excess) * growth + lengths * (2 * delta)
    )
  }
}
