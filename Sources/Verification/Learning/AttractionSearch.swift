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

  /// Searches.
  ///
  /// - Parameters:
  ///   - progress: told what is being done.
  ///   - isCancelled: whether to end with what there is.
  /// - Throws: `IntegrationFailure`.
  public func run(
    progress: @escaping (Stage, String) -> Void = { _, _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) throws -> Result {
    try withoutGradients {
      try Work(self, progress: progress, isCancelled: isCancelled).run()
    }
  }
}

/// A search under way.
private final class Work {
  private typealias Stage = AttractionSearch.Stage

  private let system: DynamicalSystem
  private let settings: AttractionSearch.Settings
  private let progress: (AttractionSearch.Stage, String) -> Void
  private let isCancelled: () -> Bool
  private let start = Date()
  private let slowed: SlowedSystem
  private var result: AttractionSearch.Result!

  init(
    _ search: AttractionSearch, progress: @escaping (AttractionSearch.Stage, String) -> Void,
    isCancelled: @escaping () -> Bool
  ) {
    (system, settings) = (search.system, search.settings)
    self.progress = progress
    self.isCancelled = isCancelled
    slowed = SlowedSystem(system)
  }

  private var deadline: Date { start + settings.timeLimit }
  private var isOver: Bool { isCancelled() || Date() > deadline }

  private func timed<Value>(
    _ stage: AttractionSearch.Stage, _ message: String, _ body: () throws -> Value
  ) rethrows -> Value {
    progress(stage, message)
    let began = Date()
    defer { result?.seconds[stage, default: 0] += Date().timeIntervalSince(began) }
    return try body()
  }

  func run() throws -> AttractionSearch.Result {
    let began = Date()
    let truth = try timed(.simulating, "following a grid of points of the box") {
      try SimulatedRegion(slowed, resolution: settings.resolution, isCancelled: isCancelled)
    }
    result = AttractionSearch.Result(
      truth: truth, counterexamples: .zeros([0, system.dimension], dtype: .float64))
    result.seconds[.simulating] = Date().timeIntervalSince(began)
    if isOver { return result }
    try timed(.quadratic, "proving what a quadratic function can") {
      result.quadratic = try estimate(slowed.quadraticFunction)
    }
    if settings.isLearning, !isOver, !isEnough, let samples = try samples() {
      for saturation in settings.saturations where !isOver && !isEnough {
        try learn(from: samples, saturation: saturation)
      }
    }
    result.isComplete = !isOver
    return result
  }

  private var isEnough: Bool { (result.best?.coverage.share ?? 0) >= settings.enough }

  /// Trajectories to learn from; nil with a note if hardly any comes home.
  private func samples() throws -> ZubovSamples? {
    do {
      return try timed(.learning, "simulating \(settings.fit.samples) samples") {
        try ZubovSamples(
          slowed, count: settings.fit.samples, seed: settings.fit.seed,
          isCancelled: { [self] in isOver })
      }
    } catch let error as ZubovFitError {
      // What was not followed to its end has not come home.
      if !isOver { result.notes.append("\(error)") }
      return nil
    }
  }

  private func learn(from samples: ZubovSamples, saturation: Double) throws {
    var choice = settings.fit
    choice.saturation = saturation
    let fit = ZubovFit(slowed, samples: samples, settings: choice)
    timed(.learning, "fitting a Zubov function of \(fit.parameterCount) parameters") {
      fit.fit(isCancelled: { [self] in isOver })
    }
    let function = try refine(fit, RandomGenerator(seed: choice.seed &+ 1))
    if isOver { return }
    result.candidate = function
    let found = try timed(.proving, "proving the learned function") { try estimate(function) }
    if let found, found.coverage.share > (result.learned?.coverage.share ?? 0) {
      result.learned = found
    }
  }

  /// Feeds points at which the candidate fails back to it.
  ///
  /// - Returns: of all candidates on the way the one that promises most: whose lowest sampled failure
  ///   leaves the largest share of the truth below it.
  private func refine(_ fit: ZubovFit, _ generator: RandomGenerator) throws -> Term {
    var best = (function: fit.function, share: -1.0)
    guard let ellipsoid = result.quadratic?.proof.claim.ellipsoid else { return best.function }
    for round in 0...settings.refinements where !isOver {
      let weakness = fit.weakness(outside: ellipsoid, generator: generator)
      let share = result.truth.share { fit.values(at: $0) .<= weakness.level }
      if share > best.share { best = (fit.function, share) }
      if weakness.isNone || round == settings.refinements { break }
      result.counterexamples = .concatenated([
        result.counterexamples, slowed.unitBox.places(of: weakness.rising),
      ])
      try timed(
        .refining,
        "round \(round + 1): \(weakness.rising.shape[0]) counterexamples, "
          + "\(weakness.faces.shape[0]) on faces; \(Int(share * 100)) % below the lowest"
      ) {
        try fit.refine(
          rising: weakness.rising, faces: weakness.faces, isCancelled: { [self] in isOver })
      }
    }
    return best.function
  }

  /// The largest proven level of a function; nil with a note if there is none.
  private func estimate(_ function: Term) throws -> AttractionSearch.Estimate? {
    var prover = AttractionProver(system: system, candidate: LyapunovCandidate(function))
    prover.search.deadline = deadline
    prover.search.boxLimit = settings.boxLimit
    var lastReport = Date()
    do {
      let outcome = try prover.largestLevel { [self] part, state in
        if isCancelled() { throw CancellationError() }
        guard Date().timeIntervalSince(lastReport) > 2 else { return }
        lastReport = Date()
        progress(
          result.candidate == nil ? .quadratic : .proving,
          "\(part): \(state.boxes) boxes, \(Int(state.share * 100)) % of the volume proven")
      }
      switch outcome {
      case .proven(let proof):
        return .init(proof: proof, coverage: result.truth.coverage(of: proof.claim))
      case .counterexample(let part, let place):
        result.notes.append("\(part) is false at \(place)")
      case .undecided(let part, let share):
        result.notes.append(
          "\(part) is undecided on a share of \(share) of its domain, at the limit of boxes or time"
        )
      }
    } catch let error as AttractionError {
      result.notes.append("\(error)")
    } catch is CancellationError {
      result.notes.append("a proof was interrupted")
    }
    return nil
  }
}
