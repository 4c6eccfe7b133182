import Foundation
import Reports
import Runs

/// A table or a figure of the paper on a data set: what has to be done for it, and what comes of it.
package protocol PaperStudy {
  associatedtype Result: Finding

  /// As in a title: `Table 2`, `Fig. 5`.
  var name: String { get }
  /// What it shows, as a sentence.
  var title: String { get }
  var runs: PaperRuns { get }
  var settings: PaperAccuracySettings { get }

  /// What has been done and what has not.
  func work() throws -> PaperWork

  /// What has been measured so far.
  func outcome() throws -> PaperOutcome<Result>

  /// Writes the outcome beside its runs.
  ///
  /// - Returns: the files, the page last.
  func write(_ outcome: PaperOutcome<Result>, script: String) throws -> [URL]
}

/// What a study has come to, for programs and for people.
package struct PaperOutcome<Result: Finding> {
  package let result: Result
  package let tables: [Table]
  /// How the figures came about, a sentence each.
  package let conditions: [String]
  /// Tables and charts; empty where nothing is measured yet.
  let blocks: [ReportPage.Block]
}

extension PaperStudy {
  /// The outcome as a page of its own.
  package func page(of outcome: PaperOutcome<Result>) -> ReportPage {
    ReportPage(
      title: "\(name) on \(runs.data)", subtitle: title, headlines: [],
      sections: [
        .init(
          "Result",
          outcome.blocks.isEmpty ? [.note("Nothing is measured yet.")] : outcome.blocks),
        .init("How it was made", outcome.conditions.map(ReportPage.Block.prose)),
      ])
  }

  /// The outcome as a section of a page of many; nil where nothing is measured.
  func section() throws -> ReportPage.Section? {
    let outcome = try outcome()
    guard !outcome.blocks.isEmpty else { return nil }
    // The size of the runs is said once for all.
    return .init(
      "\(name): \(title)",
      outcome.blocks + outcome.conditions.dropFirst().map(ReportPage.Block.prose))
  }
}
