import Foundation
import Tensors

/// Looks for the largest part of a region of attraction that can be proven: by a quadratic function, and by a
/// learned Zubov function whose counterexamples are fed back to the learning until none is left.
public struct AttractionSearch: Sendable {
  /// How much is tried, and when to be content.
  public struct Settings: Sendable, Hashable, Codable {
    /// How the Zubov function is learned.
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
    /// What was proven.
    public let proof: AttractionProof
    /// How much of the simulated region that is.
    public let coverage: SimulatedRegion.Coverage
  }

  /// What was found; whatever was found when the search was ended early.
  public struct Result: Sendable {
    /// What is reachable at all, by simulation.
    public let truth: SimulatedRegion
    /// The largest region of the quadratic function; nil if none is proven.
    public internal(set) var quadratic: Estimate?
    /// The largest region of the learned functions; nil if none is proven.
    public internal(set) var learned: Estimate?
    /// Why there is no better proof, in the order in which it turned out.
    public internal(set) var notes: [String] = []
    /// Places at which a candidate did not fall, and that it was fitted to afterwards: [N, d].
    public internal(set) var counterexamples: Tensor
    /// The last candidate, proven or not.
    public internal(set) var candidate: Term?
    /// Seconds spent in each stage.
    public internal(set) var seconds: [Stage: Double] = [:]
    /// Whether everything was done that was asked for.
    public internal(set) var isComplete = false

    /// Which of the two proves more; nil if neither proves anything.
    public var bestFunction: Function? {
      guard let learned else { return quadratic == nil ? nil : .quadratic }
      guard let quadratic else { return .learned }
      return learned.coverage.share > quadratic.coverage.share ? .learned : .quadratic
    }

    /// The estimate of `bestFunction`.
    public var best: Estimate? {
      switch bestFunction {
      case .quadratic: quadratic
      case .learned: learned
      case nil: nil
      }
    }
  }

  /// Whose region is looked for.
  public let system: DynamicalSystem
  /// How much is tried, and when to be content.
  public let settings: Settings

  /// A search with the defaults for that many states, unless settings are given.
  public init(_ system: DynamicalSystem, settings: Settings? = nil) {
    self.system = system
    self.settings = settings ?? Settings(dimension: system.dimension)
  }
}
