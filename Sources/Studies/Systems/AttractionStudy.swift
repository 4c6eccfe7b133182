import Evaluations
import Foundation
import Runs
import StableDynamics
import Tensors
import Verification

/// What could be proven of a region of attraction, beside what simulation says and what a quadratic
/// function proves: the result of `basin roa`.
public struct AttractionStudy: Finding, Sendable {
  public static var isIndented: Bool { false }

  public private(set) var schemaVersion = AttractionStudy.currentSchemaVersion
  public let name: String
  public let states: [String]
  /// The right-hand sides; empty for a network.
  public let equations: [String]
  public let equilibrium: [Double]
  /// [low, high] of each state.
  public let box: [[Double]]
  public let seed: UInt64
  public let simulated: Simulated
  /// What each function proves; nil where it proves nothing.
  public let quadratic: Proven?
  public let learned: Proven?
  /// Which of them proves more; nil if neither proves anything.
  public let best: AttractionSearch.Function?
  /// Places at which candidates did not fall, fed back to the learning.
  public let counterexampleCount: Int
  /// Why it is not more.
  public let notes: [String]
  /// Of each stage.
  public let seconds: [String: Double]
  /// Whether the search ended by itself, before its limits and without interruption.
  public let isComplete: Bool
  /// For systems of two states.
  public let plane: AttractionPlane?

  /// The truth as far as simulation knows it.
  public struct Simulated: Codable, Sendable {
    /// Points of the grid along each axis.
    public let resolution: Int
    /// The volume from which the system comes home without leaving the box.
    public let volume: Double
    public let shareOfBox: Double
    /// Points that were still on their way at the end, counted as outside.
    public let undecided: Int
  }

  /// A proven region.
  public struct Proven: Codable, Sendable {
    /// b of {W ≤ b}.
    public let level: Double
    public let volume: Double
    /// Of the simulated volume.
    public let share: Double
    /// Points of the grid in the region that do not come home in the simulation.
    public let contradictions: Int
    /// Boxes whose bounds are the proof.
    public let boxes: Int

    init(_ estimate: AttractionSearch.Estimate) {
      level = estimate.proof.claim.level
      volume = estimate.coverage.volume
      share = estimate.coverage.share
      contradictions = estimate.coverage.contradictions
      boxes = estimate.proof.leafCount
    }
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - journal: where an earlier search was stopped; knows afterwards where this one was.
  ///   - progress: told what is being done.
  ///   - isCancelled: whether to end with what there is.
  /// - Returns: the study and the proof of its best region.
  /// - Throws: `IntegrationFailure`; `JournalError`.
  public static func search(
    _ file: SystemFile, settings: AttractionSearch.Settings,
    journal: ProofJournal = ProofJournal(subject: ""),
    progress: @escaping (AttractionSearch.Stage, String) -> Void = { _, _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) throws -> (study: AttractionStudy, proof: AttractionProof?) {
    let result = try AttractionSearch(file.system, settings: settings)
      .run(journal: journal, progress: progress, isCancelled: isCancelled)
    return (try AttractionStudy(file, result, seed: settings.fit.seed), result.best?.proof)
  }

  /// What a search with these settings is about, for its journal: all but its limits.
  public static func subject(
    of file: SystemFile, _ settings: AttractionSearch.Settings
  ) throws -> String {
    var settings = settings
    let defaults = AttractionSearch.Settings(dimension: file.system.dimension)
    (settings.boxLimit, settings.timeLimit) = (defaults.boxLimit, defaults.timeLimit)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let equations = zip(file.states, file.equations).map { "d\($0)/dt = \($1)" }
    return String(decoding: try encoder.encode(settings), as: UTF8.self)
      + equations.map { "; " + $0 }.joined()
  }

  init(_ file: SystemFile, _ result: AttractionSearch.Result, seed: UInt64) throws {
    let system = file.system
    name = file.name
    states = file.states
    equations = file.equations
    equilibrium = system.equilibrium
    box = system.box.map { [$0.lowerBound, $0.upperBound] }
    self.seed = seed
    let boxVolume = system.box.reduce(1) { $0 * ($1.upperBound - $1.lowerBound) }
    simulated = Simulated(
      resolution: result.truth.resolution, volume: result.truth.volume,
      shareOfBox: result.truth.volume / boxVolume, undecided: result.truth.undecided)
    quadratic = result.quadratic.map(Proven.init)
    learned = result.learned.map(Proven.init)
    best = result.bestFunction
    counterexampleCount = result.counterexamples.shape[0]
    notes = result.notes
    seconds = Dictionary(
      uniqueKeysWithValues: result.seconds.map { ($0.rawValue, ($1 * 1000).rounded() / 1000) })
    isComplete = result.isComplete
    plane = system.dimension == 2 ? try AttractionPlane(system, result) : nil
  }

  /// The system in a line.
  public var title: String {
    "\(name): "
      + zip(states, equations).map { "d\($0)/dt = \($1)" }.joined(separator: ", ")
  }

  /// The share of the simulated region that is proven.
  public var provenShare: Double { max(quadratic?.share ?? 0, learned?.share ?? 0) }
}
