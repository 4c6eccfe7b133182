import Evaluations
import Foundation
import Reports
import Robustness
import Runs
import StableDynamics

/// What a sweep found: of each trial its varied settings and how good it became.
package struct SweepResult: Finding {
  /// What came of a training, of what `basin train --format json` says.
  package struct Outcome: Finding, Sendable {
    package private(set) var schemaVersion = Outcome.currentSchemaVersion
    package let testAccuracy: Double
    /// Nil where no samples were held out.
    package let validationAccuracy: Double?
    package let parameterCount: Int
    package let seconds: Double
    /// The SHA-256 of the weights; nil of earlier versions.
    package let weightsDigest: String?
  }

  package struct Entry: Codable, Sendable {
    package let trial: Int
    /// The run's folder.
    package let run: String
    /// The varied settings on one line each, as YAML.
    package let values: [String: String]
    /// Nil if the training failed.
    package let outcome: Outcome?
    /// What it failed of.
    package let failure: String?

    package init(_ trial: Sweep.Trial, run: RunFolder, outcome: Outcome?, failure: String? = nil) {
      self.trial = trial.number
      self.run = run.path
      values = Dictionary(
        uniqueKeysWithValues: trial.values.map { ($0.key, $0.value.description) })
      self.outcome = outcome
      self.failure = failure
    }

    /// On the samples by which trials are ranked, the same for all of them.
    func accuracy(on split: DataSplit) -> Double? {
      split == .validation ? outcome?.validationAccuracy : outcome?.testAccuracy
    }
  }

  package private(set) var schemaVersion = SweepResult.currentSchemaVersion
  /// The varied settings, in the user's order.
  package let keys: [String]
  /// Those whose logarithms were spread evenly.
  package let logarithmicKeys: [String]
  /// `validation`, or `test` where nothing was held out.
  package let rankedBy: DataSplit
  /// The best first; failed ones last.
  package let entries: [Entry]

  package init(_ sweep: Sweep, entries: [Entry]) {
    keys = sweep.variations.map(\.key)
    logarithmicKeys = sweep.variations.filter(\.isLogarithmic).map(\.key)
    let split: DataSplit = sweep.isValidated ? .validation : .test
    rankedBy = split
    self.entries = entries.sorted {
      ($0.accuracy(on: split) ?? -1, -$0.trial) > ($1.accuracy(on: split) ?? -1, -$1.trial)
    }
  }

  /// Settings that made no difference: trials that differ in one of them alone have the same weights.
  package var idleKeys: [String] {
    keys.filter { key in
      let groups = Dictionary(grouping: entries) { entry in
        entry.values.filter { $0.key != key }
      }.values.filter { $0.count > 1 }
      return !groups.isEmpty
        && groups.allSatisfy { group in
          let digests = group.map { $0.outcome?.weightsDigest }
          return digests[0] != nil && Set(digests).count == 1
        }
    }
  }

  /// How the table is to be read.
  package var caution: String {
    let idle =
      idleKeys.isEmpty
      ? "" : " \(idleKeys.joined(separator: ", ")) made no difference: the weights are the same."
    return ranking + idle
  }

  private var ranking: String {
    switch rankedBy {
    case .validation:
      "Ranked by samples held out of training; the test accuracy of the best is an honest estimate only "
        + "if it is the one that is reported."
    case .test:
      "Ranked by test accuracy, as no samples were held out (data.validationFraction=0): that of the best "
        + "flatters it."
    }
  }

  package var table: Table {
    Table(
      caption: "Trials, the best first. \(caution)",
      columns: [.number("trial")] + keys.map { .number($0) } + [
        .number("validation %"), .number("test %"), .number("parameters"), .number("seconds"),
        .init("run"),
      ],
      rows: entries.map { entry in
        let outcome = entry.outcome
        return [Table.Cell("\(entry.trial)")]
          + keys.map { Table.Cell(entry.values[$0] ?? "") } + [
            outcome?.validationAccuracy.map { .percentage($0) } ?? .missing,
            outcome.map { .percentage($0.testAccuracy) } ?? .missing,
            outcome.map { .init("\($0.parameterCount)") } ?? .missing,
            outcome.map { .number($0.seconds) } ?? .missing,
            .init(entry.failure.map { "failed: \($0)" } ?? entry.run),
          ]
      })
  }

  /// Each trial as a line across its settings and its accuracy.
  package var chart: ParallelChart {
    let done = entries.filter { $0.outcome != nil }
    return ParallelChart(
      title: "Settings and accuracy",
      summary: "A line is a training; colour is its \(rankedBy.rawValue) accuracy.",
      axes: keys.map { key in
        .init(
          key, done.map { $0.values[key] ?? "" }, isLogarithmic: logarithmicKeys.contains(key))
      } + [
        .init(
          "\(rankedBy.rawValue) %",
          done.map { Table.Cell.percentage($0.accuracy(on: rankedBy) ?? 0).text })
      ],
      names: done.map { "trial \($0.trial)" },
      colors: done.map { 100 * ($0.accuracy(on: rankedBy) ?? 0) },
      colorTitle: "\(rankedBy.rawValue) %")
  }

  /// The table and the chart as a page.
  package var page: ReportPage {
    ReportPage(
      title: "Sweep",
      subtitle:
        "\(entries.count) trainings over \(keys.joined(separator: ", ")). Written by Basin \(Basin.version).",
      sections: [.init("Trials", [.chart(chart.vegaLite), .table(table)])])
  }
}
