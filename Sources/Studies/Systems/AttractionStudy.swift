import Evaluations
import Foundation
import Runs
import StableDynamics
import Tensors
import Verification

/// What could be proven of a region of attraction, beside what simulation says and what a quadratic
/// function proves: the result of `basin roa`.
package struct AttractionStudy: Finding, Sendable {
  package static var isIndented: Bool { false }

  package private(set) var schemaVersion = AttractionStudy.currentSchemaVersion
  package let name: String
  package let states: [String]
  /// The right-hand sides; empty for a network.
  package let equations: [String]
  package let equilibrium: [Double]
  /// [low, high] of each state.
  package let box: [[Double]]
  package let seed: UInt64
  package let simulated: Simulated
  /// What each function proves; nil where it proves nothing.
  package let quadratic: Proven?
  package let learned: Proven?
  /// Which of them proves more; nil if neither proves anything.
  package let best: AttractionSearch.Function?
  /// Places at which candidates did not fall, fed back to the learning.
  package let counterexampleCount: Int
  /// Why it is not more.
  package let notes: [String]
  /// Of each stage.
  package let seconds: [String: Double]
  /// Whether the search ended by itself, before its limits and without interruption.
  package let isComplete: Bool
  /// For systems of two states.
  package let plane: AttractionPlane?

  /// The truth as far as simulation knows it.
  package struct Simulated: Codable, Sendable {
    /// Points of the grid along each axis.
    package let resolution: Int
    /// The volume from which the system comes home without leaving the box.
    package let volume: Double
    package let shareOfBox: Double
    /// Points that were still on their way at the end, counted as outside.
    package let undecided: Int
  }

  /// A proven region.
  package struct Proven: Codable, Sendable {
    /// b of {W ≤ b}.
    package let level: Double
    package let volume: Double
    /// Of the simulated volume.
    package let share: Double
    /// Points of the grid in the region that do not come home in the simulation.
    package let contradictions: Int
    /// Boxes whose bounds are the proof.
    package let boxes: Int

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
  package static func search(
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
  package static func subject(
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
  package var title: String {
    "\(name): "
      + zip(states, equations).map { "d\($0)/dt = \($1)" }.joined(separator: ", ")
  }

  /// The share of the simulated region that is proven.
  package var provenShare: Double { max(quadratic?.share ?? 0, learned?.share ?? 0) }
}
