import Foundation
import Tensors

/// Proves regions of attraction: finds the ellipsoid in which the field contracts, and the largest level of
/// a candidate below which the claim holds.
public struct AttractionProver: Sendable {
  public let system: DynamicalSystem
  public let candidate: LyapunovCandidate
  public var search = BranchAndBound()
  /// Places at which the level is sampled before anything is proven.
  public var sampleCount = 100_000
  /// No level above this is tried.
  public var highestLevel = Double.infinity

  public init(system: DynamicalSystem, candidate: LyapunovCandidate) {
    self.system = system
    self.candidate = candidate
  }

  /// What a search for a proof came to.
  public enum Outcome: Sendable {
    case proven(AttractionProof)
    /// A place in the part's domain at which it is false in float64.
    case counterexample(part: String, place: [Double])
    case undecided(part: String, share: Double)

    public var proof: AttractionProof? { if case .proven(let proof) = self { proof } else { nil } }
  }

  public typealias Report = (_ part: String, BranchAndBound.Progress) throws -> Void

  /// The largest ellipsoid in the box in which the field contracts, with its proof.
  ///
  /// - Throws: `AttractionError`.
  func ellipsoid(report: Report) throws -> (claim: AttractionClaim, tree: SplitTree) {
    let here = Tensor(system.equilibrium, shape: [1, system.dimension])
    let faces = Boxes(system.box).faces.centers
    let velocities = system.velocities(at: .concatenated([here, faces])).magnitude.max(along: 1)
    if velocities[0].item > 1e-6 * velocities.max().item {
      throw AttractionError.nothing(
        part: "inner", reason: "the field is not 0 at the equilibrium, but \(velocities[0].item)")
    }
    var ellipsoid = try Ellipsoid(
      linearization: system.linearization, center: system.equilibrium)
    let largest = ellipsoid.largestRadius(inside: system.box)
    guard largest > 0 else { throw AttractionError.outside(equilibrium: system.equilibrium) }
    // Where the first one turns out to be far too large, a hull that fits is searched again.
    var outer = largest
    while true {
      ellipsoid.radius = outer
      var claim = AttractionClaim(
        system: system, candidate: candidate, level: 0, ellipsoid: ellipsoid, outerRadius: outer)
      let part = claim.inner
      var search = search
      search.relaxationTolerance = max(search.relaxationTolerance, 1e-2)
      let result = try search.prove(part.statement, relaxing: part.relaxing) { progress, _ in
        try report(part.name, progress)
      }
      let radius = -result.statement.thresholds[0]
      guard radius > 0, case .verified = result.outcome else {
        if radius > 0 && radius < outer / 4 {
          outer = radius * 2
          continue
        }
        throw AttractionError.nothing(
          part: part.name, reason: "the field does not contract around the equilibrium")
      }
      claim.ellipsoid.radius = radius
      guard claim.ellipsoid.isSound(for: system) else {
        throw AttractionError.nothing(
          part: part.name, reason: "the field is not 0 at the equilibrium")
      }
      return (claim, result.tree)
    }
  }

  /// The largest level of a plain function for which the claim is proven, in one search: places where the
  /// claim is false lower the level, and so do boxes that are too small to be halved.
  public func largestLevel(report: Report = { _, _ in }) throws -> Outcome {
    let (inner, tree) = try ellipsoid(report: report)
    var claim = inner
    claim.level = min(
      highestLevel, sampledLevel(claim) * (1 - search.relaxationTolerance))
    return try prove(claim, inner: tree, isMovable: true, report: report)
  }

  /// A proof for a given level.
  public func prove(level: Double, report: Report = { _, _ in }) throws -> Outcome {
    let (inner, tree) = try ellipsoid(report: report)
    var claim = inner
    claim.level = level
    return try prove(claim, inner: tree, isMovable: false, report: report)
  }

  private func prove(
    _ claim: AttractionClaim, inner: SplitTree, isMovable: Bool, report: Report
  ) throws -> Outcome {
    var claim = claim
    var trees = ["inner": inner]
    func settle(_ parts: [AttractionClaim.Part]) throws -> Outcome? {
      for var part in parts {
        let relaxing = isMovable ? part.relaxing : nil
        if let relaxing { part.statement.thresholds[relaxing] = -claim.level }
        let result = try search.prove(part.statement, relaxing: relaxing) {
          progress, _ in try report(part.name, progress)
        }
        switch result.outcome {
        case .verified: break
        case .counterexample(let place): return .counterexample(part: part.name, place: place)
        case .undecided(let share, _): return .undecided(part: part.name, share: share)
        }
        if let relaxing { claim.level = min(claim.level, -result.statement.thresholds[relaxing]) }
        trees[part.name] = result.tree
      }
      return nil
    }
    for parts in [claim.positive, claim.closed, claim.decrease] {
      if let failure = try settle(parts) { return failure }
    }
    return .proven(AttractionProof(claim: claim, trees: trees))
  }

  /// The least W at sampled places at which the claim would be false.
  private func sampledLevel(_ claim: AttractionClaim) -> Double {
    let generator = RandomGenerator(seed: 0)
    let box = Boxes(system.box)
    var level = Double.infinity
    for part in claim.positive + claim.closed + claim.decrease {
      let domain = part.statement.domain
      let share = generator.uniform(
        [sampleCount, box.dimension], in: 0..<1, dtype: .float64)
      let places = domain.lower + domain.widths * share
      var open = part.statement
      open.thresholds[0] = -.infinity
      let values = open.values(at: places)
      let isViolated = open.isViolated(by: values).trueIndices
      guard isViolated.count > 0 else { continue }
      let found = -values.sliced(0..<1, along: 1).selecting(isViolated).max().item
      level = min(level, found)
    }
    return level
  }
}
