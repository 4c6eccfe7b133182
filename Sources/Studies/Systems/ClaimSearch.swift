import Evaluations
import Foundation
import Runs
import StableDynamics
import Verification

/// A search for a proof of what a certificate claims, from the beginning: at its level or at another one,
/// with its function or with one that has been changed in the file.
package struct ClaimSearch: Finding, Sendable {
  /// How a search ended.
  package enum Verdict: String, Codable, Sendable {
    case proven, refused, undecided
  }

  /// What one part of the claim took.
  package struct Part: Codable, Sendable {
    package let name: String
    /// Boxes bounded, those that were halved included.
    package internal(set) var boxes: Int
    /// Of processor time, of all threads.
    package internal(set) var seconds: Double
  }

  /// Limits of a search, and how it bounds.
  package struct Settings: Sendable {
    /// b; nil for the certificate's.
    package var level: Double?
    package var bounds = BoundKind.backward
    /// Of each part.
    package var boxLimit = 10_000_000
    /// By the clock, in all.
    package var seconds = 600.0
    /// How many random places of the set are followed besides, whatever the verdict.
    package var trajectories: Int?

    package init() {}
  }

  package private(set) var schemaVersion = ClaimSearch.currentSchemaVersion
  /// What the certificate says that it is about; not checked.
  package let title: String
  package let dimension: Int
  package let level: Double
  package let bounds: BoundKind
  package let verdict: Verdict
  /// The part that is not proven.
  package let failure: String?
  /// Where that is false.
  package let counterexample: [Double]?
  /// The share of its domain that is open.
  package let openShare: Double?
  package let parts: [Part]
  /// What became of random places of the set, followed in float64; nil if none were.
  package let trajectories: CertificateCheck.Trajectories?
  /// Of processor time.
  package let seconds: Double

  /// Searches.
  ///
  /// - Throws: `Failure` or `CertificateError` if the certificate cannot be read, `AttractionError`
  ///   if its ellipsoid is none.
  package init(
    of path: String, settings: Settings = Settings(), isCancelled: () -> Bool = { false }
  ) throws {
    let start = Self.processorSeconds
    let certificate = try AttractionCertificate(contentsOf: path)
    var claim = certificate.proof.claim
    if let level = settings.level { claim.level = level }
    var prover = AttractionProver(system: claim.system, candidate: claim.candidate)
    prover.search.method = settings.bounds.method
    prover.search.boxLimit = settings.boxLimit
    prover.search.deadline = Date() + settings.seconds
    var parts: [Part] = []
    var last = Self.processorSeconds
    let outcome = try prover.prove(claim) { name, progress in
      if parts.last?.name != name { parts.append(Part(name: name, boxes: 0, seconds: 0)) }
      parts[parts.count - 1].boxes = progress.boxes
      let now = Self.processorSeconds
      parts[parts.count - 1].seconds += now - last
      last = now
      return !isCancelled()
    }
    title = certificate.title
    dimension = claim.system.dimension
    level = claim.level
    bounds = settings.bounds
    self.parts = parts
    seconds = Self.processorSeconds - start
    trajectories = try settings.trajectories.map { .init(try claim.trajectories(count: $0)) }
    switch outcome {
    case .proven: (verdict, failure, counterexample, openShare) = (.proven, nil, nil, nil)
    case .counterexample(let part, let place):
      (verdict, failure, counterexample, openShare) = (.refused, part, place, nil)
    case .undecided(let part, let share, _):
      (verdict, failure, counterexample, openShare) = (.undecided, part, nil, share)
    }
  }

  /// What this process has used; POSIX counts it in millionths.
  private static var processorSeconds: Double { Double(clock()) * 1e-6 }

  /// Boxes bounded in all.
  package var boxes: Int { parts.reduce(0) { $0 + $1.boxes } }

  /// What came of it, in a line.
  package var summary: String {
    let found =
      switch verdict {
      case .proven: "proven"
      case .refused: "refused: \(failure!) is false at \(counterexample!)"
      case .undecided: "undecided: \(failure!), on a share of \(openShare!) of its domain"
      }
    return "{W <= \(level)}: \(found); \(boxes) boxes by \(bounds.rawValue) bounds in "
      + "\(String(format: "%.2f", seconds)) s"
      + (trajectories.map { "; " + $0.summary } ?? "")
  }
}

/// The ways to bound a program over boxes, by name.
package enum BoundKind: String, Codable, Sendable, CaseIterable {
  case interval, linear, backward
  case meanValue = "mean-value"

  package var method: any BoundMethod {
    switch self {
    case .interval: IntervalBounds()
    case .linear: LinearBounds()
    case .backward: BackwardBounds()
    case .meanValue: MeanValueBounds()
    }
  }
}
