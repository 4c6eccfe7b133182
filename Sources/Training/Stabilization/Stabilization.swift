import Evaluations
import Foundation
import Reports
import Robustness
import Runs
import StableDynamics

/// What a stabilisation came to: the content of `stabilization.json`.
package struct Stabilization: Finding, Sendable {
  package private(set) var schemaVersion = Stabilization.currentSchemaVersion
  /// The new run and the one it started from, with the SHA-256 of that one's weights.
  package let run: String
  package let source: String
  package let sourceDigest: String
  package let method: String
  package let data: String
  package let seed: UInt64
  /// δ, what the logarithmic norm is to be at most.
  package let bound: Double
  /// The slopes of the field's activation, least and greatest.
  package let slopes: [Double]
  /// T.
  package let horizon: Double
  /// The Frobenius norms of the change of the field's weights and of the weights as they were.
  package let change: Double
  package let size: Double
  /// The run as it was.
  package let before: Figures
  /// The new run.
  package let after: Figures

  /// A model as it was measured.
  package struct Figures: Codable, Sendable {
    /// The greatest logarithmic norm that slopes were found for.
    package let lowerNorm: Double
    /// What none of any slopes exceeds.
    package let upperNorm: Double
    package let testAccuracy: Double
    /// On the first samples of the test part; nil if no attack was asked for.
    package let robustness: AttackedAccuracy?
  }
}

extension Stabilization {
  /// What was changed, in a line.
  package var summary: String {
    let share = String(format: "%.3g", 100 * change / max(size, .leastNormalMagnitude))
    return
      "\(run): \(method) on \(data), seed \(seed), from \(source); the field's weights changed by "
      + "\(String(format: "%.4g", change)) of \(String(format: "%.4g", size)) (\(share) %)"
  }

  /// The model before and after.
  package var table: Table {
    var table = Table(
      caption: "Logarithmic norm of the field for all slopes in \(slopes), at most "
        + String(format: "%g", bound),
      columns: [.init("figure"), .number("before"), .number("after")])
    func row(_ name: String, _ cell: (Figures) -> Table.Cell) {
      table.append([.init(name), cell(before), cell(after)])
    }
    row("proven for all slopes") { .number($0.upperNorm) }
    row("found for some slopes") { .number($0.lowerNorm) }
    row("stretches a distance until T at most by") { .number(exp($0.upperNorm * horizon)) }
    row("test accuracy in percent") { .percent($0.testAccuracy) }
    for row in AttackedAccuracy.rows(before: before.robustness, after: after.robustness) {
      table.append(row)
    }
    return table
  }
}
