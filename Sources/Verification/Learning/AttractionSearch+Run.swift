import Foundation
import Tensors

extension AttractionSearch {
  /// Searches.
  ///
  /// - Parameters:
  ///   - journal: where an earlier search with the same settings was stopped; knows afterwards where this
  ///     one was. What one search after the other finds is what one without a stop would have.
  ///   - progress: told what is being done.
  ///   - isCancelled: whether to end with what there is.
  /// - Throws: `IntegrationFailure`; `JournalError` if the journal is of another system or damaged.
  public func run(
    journal: ProofJournal = ProofJournal(subject: ""),
    progress: @escaping (Stage, String) -> Void = { _, _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) throws -> Result {
    try withoutGradients {
      try Work(self, journal: journal, progress: progress, isCancelled: isCancelled).run()
    }
  }
}

/// A search under way.
private final class Work {
  private typealias Stage = AttractionSearch.Stage

  private let system: DynamicalSystem
  private let settings: AttractionSearch.Settings
  private let journal: ProofJournal
  private let progress: (AttractionSearch.Stage, String) -> Void
  private let isCancelled: () -> Bool
  private let start = Date()
  private let slowed: SlowedSystem
  private var result: AttractionSearch.Result!
  /// Trajectories to learn from, once they are needed.
  private var samples: ZubovSamples?

  init(
    _ search: AttractionSearch, journal: ProofJournal,
    progress: @escaping (AttractionSearch.Stage, String) -> Void,
    isCancelled: @escaping () -> Bool
  ) {
    (system, settings) = (search.system, search.settings)
    self.journal = journal
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
      try SimulatedRegion(
        slowed, resolution: settings.resolution, isCancelled: { [self] in isOver })
    }
    result = AttractionSearch.Result(
      truth: truth, counterexamples: .zeros([0, system.dimension], dtype: .float64))
    result.seconds[.simulating] = Date().timeIntervalSince(began)
    if isOver { return result }
    try timed(.quadratic, "proving what a quadratic function can") {
      result.quadratic = try estimate("quadratic", slowed.quadraticFunction)
    }
    if settings.isLearning {
      for saturation in settings.saturations where !isOver && !isEnough {
        guard try learn(saturation: saturation) else { break }
      }
    }
    result.isComplete = !isOver
    return result
  }

  private var isEnough: Bool { (result.best?.coverage.share ?? 0) >= settings.enough }

  /// Whether there are trajectories to learn from; a note if hardly any comes home.
  private func hasSamples() throws -> Bool {
    if samples != nil { return true }
    do {
      samples = try timed(.learning, "simulating \(settings.fit.samples) samples") {
        try ZubovSamples(
          slowed, count: settings.fit.samples, seed: settings.fit.seed,
          isCancelled: { [self] in isOver })
      }
      return true
    } catch let error as ZubovFitError {
      // What was not followed to its end has not come home.
      if !isOver { result.notes.append("\(error)") }
      return false
    }
  }

  /// Learns a function and proves what it can, or goes on with the proof of one that is learned already;
  /// false if there is nothing to learn from.
  private func learn(saturation: Double) throws -> Bool {
    let name = "learned.\(saturation)"
    let function: Term
    if let proof = try journal.proof(name, of: system) {
      function = proof.claim.candidate.value
      if let places = journal.counterexamples[name] {
        result.counterexamples = .concatenated([result.counterexamples, places])
      }
    } else {
      guard try hasSamples() else { return false }
      let before = result.counterexamples.shape[0]
      function = try fitted(samples!, saturation: saturation)
      if isOver { return true }
      journal.counterexamples[name] = result.counterexamples
        .sliced(before..<result.counterexamples.shape[0])
    }
    result.candidate = function
    let found = try timed(.proving, "proving the learned function") {
      try estimate(name, function)
    }
    if let found, found.coverage.share > (result.learned?.coverage.share ?? 0) {
      result.learned = found
    }
    return true
  }

  private func fitted(_ samples: ZubovSamples, saturation: Double) throws -> Term {
    var choice = settings.fit
    choice.saturation = saturation
    let fit = ZubovFit(slowed, samples: samples, settings: choice)
    timed(.learning, "fitting a Zubov function of \(fit.parameterCount) parameters") {
      fit.fit(isCancelled: { [self] in isOver })
    }
    return try refine(fit, RandomGenerator(seed: choice.seed &+ 1))
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
  private func estimate(
    _ name: String, _ function: Term
  ) throws -> AttractionSearch.Estimate? {
    var prover = AttractionProver(system: system, candidate: LyapunovCandidate(function))
    prover.search.deadline = deadline
    prover.search.boxLimit = settings.boxLimit
    var lastReport = Date()
    do {
      let outcome = try journal.outcome(of: name, prover) { [self] part, state in
        if Date().timeIntervalSince(lastReport) > 2 {
          lastReport = Date()
          progress(
            result.candidate == nil ? .quadratic : .proving,
            "\(part): \(state.boxes) boxes, \(Int(state.share * 100)) % of the volume proven")
        }
        return !isCancelled()
      }
      switch outcome {
      case .proven(let proof):
        return .init(proof: proof, coverage: result.truth.coverage(of: proof.claim))
      case .counterexample(let part, let place):
        result.notes.append("\(part) is false at \(place)")
      case .undecided(let part, let share, _):
        result.notes.append(
          "\(part) is undecided on a share of \(share) of its domain, "
            + (isCancelled() ? "being interrupted" : "at the limit of boxes or time"))
      }
    } catch let error as AttractionError {
      result.notes.append("\(error)")
    }
    return nil
  }
}
