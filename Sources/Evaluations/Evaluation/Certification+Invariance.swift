import Methods
import Reports
import Robustness

extension Certification {
  /// Radii within which the states that are decided as the label stay forward invariant.
  package struct Invariance: Codable, Sendable {
    /// Upper bound of the Lipschitz constant of the features.
    package let featureBound: Double
    /// Upper bound of that of the differences of two components of the field, in the features.
    package let fieldBound: Double
    /// The most that rounding takes from a margin.
    package let roundingBound: Double
    /// Samples of which the search could not say whether the field points inwards everywhere.
    package let undecided: Int
    /// Boxes of states that were bounded.
    package let boxes: Int
    package let radii: Radii
    /// Of each sample, in the order of the data.
    package let sampleRadii: [Double]
    /// The attack within the radii; nil if it was left out.
    package let attack: CertifiedBallAudit.Result?

    init(
      _ found: InvarianceCertificate, attack: CertifiedBallAudit.Result?, shares: Radii.Shares
    ) {
      featureBound = found.featureBound
      fieldBound = found.fieldBound
      roundingBound = found.roundingBound
      undecided = found.undecided
      boxes = found.boxes
      radii = Radii(found.radii, shares: shares)
      sampleRadii = found.radii
      self.attack = attack
    }
  }
}

extension Certification.Invariance {
  /// What the radius is made of, and whether it held.
  package var boundTable: Table {
    var table = Table(
      caption: "Invariance: the label's cone is never left, by the solver and at every later time",
      columns: [.init("quantity"), .number("value")],
      rows: [
        ["features, upper bound of the slope", .bound(.upper, featureBound, significantDigits: 7)],
        ["field in the features, upper bound", .bound(.upper, fieldBound, significantDigits: 7)],
        ["taken off for rounding, at most", .bound(.upper, roundingBound)],
        ["boxes of states", .init("\(boxes)")],
        ["samples left undecided", .init("\(undecided)/\(sampleRadii.count)")],
      ])
    if let attack { table.append(attack.row) }
    return table
  }
}
