import Evaluations
import Foundation
import Runs
import Tensors
import Verification

/// What a certificate proves, once it has been gone through again.
package struct CertificateCheck: Finding, Sendable {
  package private(set) var schemaVersion = CertificateCheck.currentSchemaVersion
  /// What the certificate says that it is about; not checked.
  package let title: String
  package let dimension: Int
  package let equilibrium: [Double]
  /// [low, high] of each coordinate.
  package let box: [[Double]]
  /// b of the {W ≤ b} that is proven.
  package let level: Double
  /// Boxes that were bounded again.
  package let boxes: Int
  package let seconds: Double
  /// What became of random places of the set, followed in float64; nil if none were.
  package let trajectories: Trajectories?

  /// What simulation says, which the proof does not rest on.
  package struct Trajectories: Codable, Sendable {
    package let count: Int
    /// Those that left the set, and where the first of them began.
    package let leaving: Int
    package let firstLeaving: [Double]?
    /// Those that were on their way when the time was up.
    package let undecided: Int

    init(_ found: AttractionClaim.Trajectories) {
      count = found.count
      leaving = found.leaving.shape[0]
      firstLeaving = leaving > 0 ? found.leaving[0].doubles : nil
      undecided = found.undecided
    }

    package var summary: String {
      "\(leaving) of \(count) simulated trajectories leave it, \(undecided) were still on their way"
        + (firstLeaving.map { "; one from \($0) leaves" } ?? "")
    }
  }

  /// Goes through a certificate again, without the search.
  ///
  /// - Parameter trajectories: how many random places of the set are followed besides.
  /// - Throws: `Failure` or `CertificateError` if it cannot be read, `SplitTreeError` or
  ///   `AttractionError` if it proves nothing; `IntegrationFailure`.
  package init(of path: String, trajectories: Int? = nil) throws {
    let start = Date()
    let certificate = try AttractionCertificate(contentsOf: path)
    try certificate.proof.check()
    let claim = certificate.proof.claim
    title = certificate.title
    dimension = claim.system.dimension
    equilibrium = claim.system.equilibrium
    box = claim.system.box.map { [$0.lowerBound, $0.upperBound] }
    level = claim.level
    boxes = certificate.proof.leafCount
    seconds = -start.timeIntervalSinceNow
    self.trajectories = try trajectories.map { Trajectories(try claim.trajectories(count: $0)) }
  }

  /// What is proven, in a line.
  package var summary: String {
    let sides = box.map { "[\($0[0]), \($0[1])]" }.joined(separator: " x ")
    return "proven: {W <= \(level)} within \(sides) is attracted to \(equilibrium); \(boxes) boxes "
      + "checked again in \(String(format: "%.1f", seconds)) s"
      + (trajectories.map { "\n" + $0.summary } ?? "")
  }
}
