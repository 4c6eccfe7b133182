import Evaluations
import Foundation
import Robustness
import Tensors
import Testing

@Suite("The journal of an evaluation")
struct JournalFolderTests {
  private let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("basin-journal-\(UUID().uuidString)")

  private func outcome(_ index: Int, _ status: SampleOutcome.Status) -> SampleOutcome {
    SampleOutcome(
      index: index, status: status, prediction: index % 3, distance: Double(index) / 7,
      gradient: index == 4
        ? nil : GradientHealth(startsAtZero: index % 2 == 0, isFinite: index > 1),
      image: status == .broken ? .full(Double(index), [2, 2]) : nil)
  }

  @Test("what one process notes, the next one reads") func roundTrip() throws {
    defer { try? FileManager.default.removeItem(at: url) }
    let first = JournalFolder(at: url, fingerprint: "a")
    #expect(first.count == 0)
    try first.record([outcome(1, .broken), outcome(4, .correct), outcome(6, .broken)], of: "x")
    try first.record([outcome(2, .infeasible)], of: "y")
    let second = JournalFolder(at: url, fingerprint: "a")
    #expect(second.count == 4)
    let found = second.outcomes(of: "x")
    #expect(found.keys.sorted() == [1, 4, 6])
    for (index, outcome) in found {
      let expected = self.outcome(index, outcome.status)
      #expect(outcome.prediction == expected.prediction && outcome.distance == expected.distance)
      #expect(outcome.gradient == expected.gradient)
      #expect(outcome.image?.doubles == expected.image?.doubles)
    }
    #expect(found[6]?.image?.doubles == [6, 6, 6, 6])
    #expect(second.outcomes(of: "y")[2]?.status == .infeasible)
    #expect(second.outcomes(of: "z").isEmpty)
  }

  @Test("another evaluation's notes are neither read nor removed") func foreign() throws {
    defer { try? FileManager.default.removeItem(at: url) }
    try JournalFolder(at: url, fingerprint: "a").record([outcome(1, .broken)], of: "x")
    #expect(JournalFolder(at: url, fingerprint: "b").count == 0)
    #expect(JournalFolder(at: url, fingerprint: "a").count == 1)
  }

  @Test("nothing is left when it is removed") func removal() throws {
    let journal = JournalFolder(at: url, fingerprint: "a")
    try journal.record([outcome(1, .correct)], of: "x")
    journal.remove()
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }
}
