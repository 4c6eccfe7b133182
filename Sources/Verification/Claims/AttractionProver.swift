import Foundation
import Tensors

/// Proves regions of attraction: finds the ellipsoid in which the field contracts, and the largest level of
/// a candidate below which the claim holds.
public struct AttractionProver: Sendable {
  /// Whose region of attraction is looked for.
  public let system: DynamicalSystem
  /// W, by whose level regions are.
  public let candidate: LyapunovCandidate
  /// How each part is searched for a proof or a counterexample.
  public var search = BranchAndBound()
  /// Places at which the level is sampled before anything is proven.
  public var sampleCount = 100_000
  /// No level above this is tried.
  public var highestLevel = Double.infinity

  /// A prover that has proven nothing.
  public init(system: DynamicalSystem, candidate: LyapunovCandidate) {
    self.system = system
    self.candidate = candidate
  }

  /// What a search for a proof came to.
  public enum Outcome: Sendable {
    case proven(AttractionProof)
    /// A place in the part's domain at which it is false in float64.
    case counterexample(part: String, place: [Double])
    /// Neither, for a share of the part's domain: a limit was reached, or the search was stopped. It can go
    /// on from `rest`.
    case undecided(part: String, share: Double, rest: AttractionProof)

    /// The proof, if there is one; what is undecided has none.
    public var proof: AttractionProof? { if case .proven(let proof) = self { proof } else { nil } }
  }

  /// Told after each pass; false stops the search.
  public typealias Report = (_ part: String, BranchAndBound.Progress) throws -> Bool

  /// The largest level of a plain function for which the claim is proven, in one search: places where the
  /// claim is false lower the level, and so do boxes that are too small to be halved.
  ///
  /// - Parameter rest: where an earlier search for the same system and function was stopped; this one ends
  ///   with the proof that the earlier one would have ended with.
  /// - Throws: `AttractionError` if nothing can be proven.
  public func largestLevel(
    from rest: AttractionProof? = nil, report: Report = { _, _ in true }
  ) throws -> Outcome {
    let inner = try contraction(from: rest, report: report)
    guard case .proven(var start) = inner else { return inner }
    if start.trees.count == 1 {
      start.claim.level = min(
        highestLevel, highestValue,
        sampledLevel(start.claim) * (1 - search.relaxationTolerance))
    }
    return try settle(start, isMovable: true, report: report)
  }

  /// A proof for a given level.
  ///
  /// - Throws: `AttractionError` if nothing can be proven; what `report` throws.
  public func prove(level: Double, report: Report = { _, _ in true }) throws -> Outcome {
    let inner = try contraction(from: nil, report: report)
    guard case .proven(var start) = inner else { return inner }
    start.claim.level = level
    return try settle(start, isMovable: false, report: report)
  }

  /// A proof of a claim as it stands, its ellipsoid included; of the prover only the search counts.
  ///
  /// - Throws: `AttractionError.unsoundEllipsoid`.
  public func prove(
    _ claim: AttractionClaim, report: Report = { _, _ in true }
  ) throws -> Outcome {
    try claim.validate()
    var proof = AttractionProof(claim: claim, trees: [:])
    if let failure = try settle([claim.inner], of: &proof, isMovable: false, report: report) {
      return failure
    }
    return try settle(proof, isMovable: false, report: report)
  }

  /// The largest ellipsoid in the box in which the field contracts: a proof of the part `inner` alone.
  ///
  /// - Throws: `AttractionError`.
  func contraction(from rest: AttractionProof? = nil, report: Report) throws -> Outcome {
    var proof = try rest ?? AttractionProof(claim: claim(outerRadius: nil), trees: [:])
    while true {
      let part = proof.claim.inner
      var search = search
      search.relaxationTolerance = max(search.relaxationTolerance, 1e-2)
      let result = try search.prove(
        part.statement, relaxing: part.relaxing, from: proof.trees[part.name] ?? SplitTree()
      ) { try report(part.name, $0) }
      let radius = -result.statement.thresholds[0]
      proof.trees[part.name] = result.tree
      proof.claim.ellipsoid.radius = radius
      if case .undecided(let share, _) = result.outcome {
        // Where the first hull turns out to be far too large, one that fits is searched instead.
        if radius > 0, radius < proof.claim.outerRadius / 4, result.boxCount >= search.boxLimit {
          proof = AttractionProof(claim: try claim(outerRadius: radius * 2), trees: [:])
          continue
        }
        return .undecided(part: part.name, share: share, rest: proof)
      }
      guard radius > 0 else {
        throw AttractionError.nothing(
          part: part.name, reason: "the field does not contract around the equilibrium")
      }
      guard proof.claim.ellipsoid.isSound(for: system) else {
        throw AttractionError.nothing(
          part: part.name, reason: "the field is not 0 at the equilibrium")
      }
      return .proven(proof)
    }
  }

  /// The claim that the field contracts in an ellipsoid, nothing being claimed of a level.
  ///
  /// - Parameter outerRadius: of the ellipsoid; nil for the largest in the box.
  private func claim(outerRadius: Double?) throws -> AttractionClaim {
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
    ellipsoid.radius = outerRadius ?? largest
    return AttractionClaim(
      system: system, candidate: candidate, level: 0, ellipsoid: ellipsoid,
      outerRadius: ellipsoid.radius)
  }

  /// Proves all parts beside `inner`.
  private func settle(
    _ start: AttractionProof, isMovable: Bool, report: Report
  ) throws -> Outcome {
    var proof = start
    let claim = start.claim
    for parts in [claim.positive, claim.closed, claim.decrease] {
      if let failure = try settle(parts, of: &proof, isMovable: isMovable, report: report) {
        return failure
      }
    }
    return .proven(proof)
  }

  /// Proves some parts; what came out instead if one is not proven.
  private func settle(
    _ parts: [AttractionClaim.Part], of proof: inout AttractionProof, isMovable: Bool,
    report: Report
  ) throws -> Outcome? {
    for var part in parts {
      let relaxing = isMovable ? part.relaxing : nil
      if let relaxing { part.statement.thresholds[relaxing] = -proof.claim.level }
      let result = try search.prove(
        part.statement, relaxing: relaxing, from: proof.trees[part.name] ?? SplitTree()
      ) { try report(part.name, $0) }
      proof.trees[part.name] = result.tree
      if let relaxing {
        proof.claim.level = min(proof.claim.level, -result.statement.thresholds[relaxing])
      }
      switch result.outcome {
      case .verified: break
      case .counterexample(let place): return .counterexample(part: part.name, place: place)
      case .undecided(let share, _):
        return .undecided(part: part.name, share: share, rest: proof)
      }
    }
    return nil
  }

  /// No W in the box is above this: the level where all of the box is proven.
  private var highestValue: Double {
    let program = Program(dimension: system.dimension, outputs: [candidate.value])
    let bound = IntervalBounds().enclosures(of: program, over: Boxes(system.box))[0].range.upper
      .item
    return bound.isFinite ? bound : .greatestFiniteMagnitude
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
