import Methods
import Reports
import Robustness

extension Certification {
  /// Radii from the distance of h(0) to the boundary of its region of attraction.
  package struct Cells: Codable, Sendable {
    /// Radii that hold while the state is disturbed for ever.
    package struct Disturbance: Codable, Sendable {
      /// ω, in units of the state over those of time.
      package let size: Double
      /// ρ*, the depth from which on a state withstands it; nil if none does.
      package let leastDepth: Double?
      package let radii: Radii
    }

    /// Upper bound of the Lipschitz constant of the map to h(0).
    package let featureBound: Double
    /// The most that rounding takes from a distance, in units of the state.
    package let roundingBound: Double
    /// The least distance between two centres.
    package let spacing: Double
    package let radii: Radii
    /// Of each sample, in the order of the data.
    package let sampleRadii: [Double]
    package let disturbance: Disturbance?
    /// The attack within the radii; nil if it was left out.
    package let attack: CertifiedBallAudit.Result?

    init(
      _ found: CellCertificate, attack: CertifiedBallAudit.Result?, shares: Radii.Shares
    ) {
      featureBound = found.featureBound
      roundingBound = found.roundingBound
      spacing = found.spacing
      radii = Radii(found.radii, shares: shares)
      sampleRadii = found.radii
      disturbance = found.disturbance.map {
        Disturbance(
          size: $0.size, leastDepth: $0.leastDepth, radii: Radii($0.radii, shares: shares))
      }
      self.attack = attack
    }
  }
}

extension Certification.Cells {
  /// What the radius is made of, and whether it held.
  package var boundTable: Table {
    var table = Table(
      caption: "Cells: regions of attraction known exactly, for the solver and every later time",
      columns: [.init("quantity"), .number("value")],
      rows: [
        ["features, upper bound of the slope", .bound(.upper, featureBound, significantDigits: 7)],
        ["taken off for rounding, at most", .bound(.upper, roundingBound)],
        ["least distance between two centres", .bound(.lower, spacing)],
      ])
    if let disturbance {
      table.append(["lasting disturbance of the state", .number(disturbance.size)])
      table.append([
        "depth from which on it is withstood",
        disturbance.leastDepth.map { .bound(.upper, $0) } ?? .init("none"),
      ])
    }
    if let attack { table.append(attack.row) }
    return table
  }
}
