import Reports
import Robustness

extension CertifiedBallAudit.Result {
  /// Whether the attack broke what was certified: then the certificate is false.
  package var isBroken: Bool { !broken.isEmpty }

  /// How many samples broke, as a row of what a certificate is made of.
  var row: [Table.Cell] {
    [
      "certified samples that an attack within the radius broke",
      .init("\(broken.count)/\(attacked)"),
    ]
  }

  /// Samples broken within their radius; nil if there are none.
  package var breakTable: Table? {
    guard isBroken else { return nil }
    return Table(
      caption: "Broken inside a certified ball: the certificate is false. Please report it.",
      columns: [.init("sample"), .number("radius"), .number("distance"), .number("class found")],
      rows: broken.map {
        [
          .init("\($0.index)"), .number($0.radius, significantDigits: 6),
          .number($0.distance, significantDigits: 6), .init("\($0.prediction)"),
        ]
      })
  }
}
