import Foundation
import Tensors

/// Looks for the largest part of a region of attraction that can be proven: by a quadratic function, and by a
/// learned Zubov function whose counterexamples are fed back to the learning until none is left.
public struct AttractionSearch: Sendable {
  public struct Settings: Sendable, Hashable, Codable {
    public var fit = ZubovFit.Settings()
    /// Points along each axis of the simulated truth; nil for as many as make some ten thousands.
    public var resolution: Int?
    /// Rounds of counterexamples found by sampling, before a proof is tried.
    public var refinements = 6
    /// Saturations of the functions that are learned one after the other, until one proves nearly all.
    /// A large one is smoother where the boundary is far from the equilibrium in time, as at a saddle, a
    /// small one where it is near.
    public var saturations = [2.0, 1.0]
    /// The share of the truth that is enough.
    public var enough = 0.97
    /// Boxes of one proof.
    public var boxLimit = 10_000_000
    /// Seconds in all, after which the best that is proven is kept.
    public var timeLimit = 600.0
    /// Whether anything is learned; else only the quadratic function is looked at.
    public var isLearning = true

    /// The defaults for a system of so many states.
    public init(dimension: Int) { fit.samples = 3000 * max(1, dimension - 1) }
  }

  /// What is being done.
  public enum Stage: String, Sendable, Codable, CaseIterable {
    case simulating, quadratic, learning, refining, proving
  }

  /// What a region is proven with.
  public enum Function: String, Sendable, Codable {
    case quadratic, learned
  }

  /// A proof with what it covers.
  public struct Estimate: Sendable {
    public let proof: AttractionProof
    public let coverage: SimulatedRegion.Coverage
  }

  /// What was found; whatever was found when the search was ended early.
  public struct Result: Sendable {
    public let truth: SimulatedRegion
    public internal(set) var quadratic: Estimate?
    public internal(set) var learned: Estimate?
    /// Why there is no better proof, in the order in which it turned out.
    public internal(set) var notes: [String] = []
    /// Places at which a candidate did not fall, and that it was fitted to afterwards: [N, d].
    public internal(set) var counterexamples: Tensor
    /// The last candidate, proven or not.
    public internal(set) var candidate: Term?
    public internal(set) var seconds: [Stage: Double] = [:]
    /// Whether everything was done that was asked for.
    public internal(set) var isComplete = false

    /// Which of the two proves more; nil if neither proves anything.
    public var bestFunction: Function? {
      guard let learned else { return quadratic == nil ? nil : .quadratic }
      guard let quadratic else { return .learned }
      return learned.coverage.share > quadratic.coverage.share ? .learned : .quadratic
    }

    public var best: Estimate? {
      switch bestFunction {
      case .quadratic: quadratic
      case .learned: learned
      case nil: nil
      }
    }
  }

  public let system: DynamicalSystem
  public let settings: Settings

  public init(_ system: DynamicalSystem, settings: Settings? = nil) {
    self.system = system
    self.settings = settings ?? Settings(dimension: system.dimension)
  }
}
