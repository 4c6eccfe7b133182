import Evaluations
import Foundation
import Reports
import Testing

@Suite("Certificates of cells that an attack broke")
struct CellCertificationTests {
  private func cells(broken: String) throws -> Certification.Cells {
    let radii = #"{"quantiles": [], "shares": []}"#
    let attack = #"{"steps": 5, "attacked": 2, "broken": [\#(broken)]}"#
    let text = """
      {"featureBound": 1, "roundingBound": 0, "spacing": 3, "radii": \(radii), "sampleRadii": [0.5, 0], \
      "attack": \(attack)}
      """
    return try JSONDecoder().decode(Certification.Cells.self, from: Data(text.utf8))
  }

  @Test("One broken sample makes the certificate false, and is shown")
  func broken() throws {
    let held = try cells(broken: "")
    #expect(held.attack?.isBroken == false && held.attack?.breakTable == nil)
    #expect(held.boundTable.plainText.contains("0/2"))
    let broken = try cells(
      broken: #"{"index": 7, "radius": 0.5, "distance": 0.4999, "prediction": 3}"#)
    #expect(broken.attack?.isBroken == true && broken.boundTable.plainText.contains("1/2"))
    let table = try #require(broken.attack?.breakTable).plainText
    #expect(table.contains("7") && table.contains("0.4999"))
  }
}
