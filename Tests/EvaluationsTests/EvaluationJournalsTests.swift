import Evaluations
import Failures
import Foundation
import Robustness
import Runs
import TestSupport
import Testing

@Suite("Journals of different requests side by side")
struct EvaluationJournalsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var journals: EvaluationJournals {
    EvaluationJournals(at: folder.url.appendingPathComponent("evaluation.journal"))
  }

  /// The digest of a text, as long as those of requests.
  private func key(_ model: String, _ request: String) -> EvaluationJournals.Key {
    func digest(_ text: String) -> String { (text + String(repeating: "0", count: 64)) }
    return EvaluationJournals.Key(fingerprint: digest(model), request: digest(request))
  }

  private func note(_ index: Int, in journal: JournalFolder, unit: String = "unit") throws {
    try journal.record(
      [SampleOutcome(index: index, status: .correct, prediction: 1)], of: unit)
  }

  private func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: journals.url.path)) ?? []).sorted()
  }

  /// A journal of a process that has ended.
  private func leave(_ key: EvaluationJournals.Key, noting index: Int) throws {
    try note(index, in: journals.open(key))
  }

  @Test("a request that is done leaves the stopped ones as they are") func apart() throws {
    let (long, quick) = (key("weights", "long"), key("weights", "quick"))
    try leave(long, noting: 1)
    let other = try journals.open(quick)
    // Requests on the same weights and data read each other's notes.
    #expect(other.count == 1)
    try note(2, in: other)
    var isSaved = false
    try journals.close(other) { isSaved = true }
    #expect(isSaved && names() == [long.name])
    let again = try journals.open(long)
    #expect(again.outcomes(of: "unit").keys.sorted() == [1])
    try journals.close(again) {}
    #expect(!FileManager.default.fileExists(atPath: journals.url.path))
  }

  @Test("other weights, data or seeds: their notes are kept and not read") func strangers() throws {
    try leave(key("one", "request"), noting: 1)
    let other = try journals.open(key("two", "request"))
    #expect(other.count == 0)
    #expect(names().count == 2)
  }

  @Test("what cannot be saved keeps its journal") func unsaved() throws {
    struct Full: Error {}
    let journal = try journals.open(key("weights", "request"))
    try note(1, in: journal)
    #expect(throws: Full.self) { try journals.close(journal) { throw Full() } }
    #expect(names().count == 1)
  }

  @Test("the same request twice at once is refused, others are not") func inUse() throws {
    let (first, second) = (key("weights", "first"), key("weights", "second"))
    let held = try journals.open(first)
    let error = #expect(throws: Failure.self) { try journals.open(first) }
    #expect(error?.kind == .inUse)
    #expect(error?.description.contains("Wait for it") == true)
    let other = try journals.open(second)
    try note(1, in: held)
    try note(2, in: other)
    // Of one evaluation several processes may note.
    let member = journals.join(first, writer: "process1")
    #expect(member.count == 2)
    try note(3, in: member)
    try journals.close(other) {}
    #expect(journals.join(first, writer: "process2").count == 2)
    try journals.close(held) {}
  }

  @Test("of many stopped evaluations the oldest go, never one at work") func bounded() throws {
    let count = EvaluationJournals.limit + 3
    let keys = (0..<count).map { key("model\($0)-", "request") }
    let working = try journals.open(keys[0])
    try note(0, in: working)
    for (age, key) in keys.enumerated().dropFirst() {
      try leave(key, noting: age)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: Double(age - 100))],
        ofItemAtPath: journals.url.appendingPathComponent(key.name).path)
    }
    let last = try journals.open(key("last", "request"))
    let kept = Set(names())
    #expect(kept.contains(keys[0].name))
    #expect(!kept.contains(keys[1].name) && !kept.contains(keys[2].name))
    #expect(keys.suffix(EvaluationJournals.limit).allSatisfy { kept.contains($0.name) })
    withExtendedLifetime((working, last)) {}
  }

  @Test("a page that a killed process was writing goes, the others stay") func torn() throws {
    let key = key("weights", "request")
    try leave(key, noting: 1)
    let part = journals.url.appendingPathComponent("\(key.name)/process-2.safetensors.9.part")
    try Data([1, 2, 3]).write(to: part)
    #expect(try journals.open(key).count == 1)
    #expect(!FileManager.default.fileExists(atPath: part.path))
  }
}
