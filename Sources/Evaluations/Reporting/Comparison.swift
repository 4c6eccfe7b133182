import Foundation
import Reports
import Runs

/// The runs of a report beside each other: tables, and their figures for other programs.
package struct Comparison: Finding, Sendable {
  package static let currentSchemaVersion = 2

  package private(set) var schemaVersion = Comparison.currentSchemaVersion
  /// One for each setting in which runs were measured.
  package let parts: [ComparisonPart]
  package let costs: [ComparisonCost]

  /// Compares groups that were evaluated; costs are those of all if none was.
  package init(_ groups: [RunGroup]) {
    let evaluated = groups.filter { $0.runs.contains { $0.evaluation != nil } }
    var settings: [EvaluationSetting] = []
    for run in evaluated.flatMap(\.runs) {
      guard let setting = run.evaluation.map(EvaluationSetting.init) else { continue }
      if !settings.contains(setting) { settings.append(setting) }
    }
    parts = settings.map { setting in
      let isAmbiguous = settings.count { $0.title == setting.title } > 1
      return ComparisonPart(
        setting, title: setting.title + (isAmbiguous ? " \(setting.samples.prefix(6))" : ""),
        of: evaluated)
    }
    costs = (evaluated.isEmpty ? groups : evaluated).map(ComparisonCost.init)
  }

  /// The tables of each setting, and what the runs cost.
  package var tables: [Table] { parts.flatMap(\.tables) + [costTable] }

  /// Seconds, evaluations and size of each row.
  package var costTable: Table {
    Table(
      caption: "Costs; seconds are those of the machine that each run was trained on",
      columns: [
        .init("method"), .number("s/epoch"), .number("f a step"), .number("f in use"),
        .number("parameters"),
      ],
      rows: costs.map { row in
        func number(_ value: Double?, decimals: Int) -> Table.Cell {
          value.map { .init(String(format: "%.\(decimals)f", $0)) } ?? .missing
        }
        return [
          .init(row.label), number(row.secondsPerEpoch, decimals: 2),
          number(row.trainingEvaluations, decimals: 0), number(row.solverEvaluations, decimals: 0),
          row.parameterCount.map { .init("\($0)") } ?? .missing,
        ]
      })
  }
}

/// What a row of a comparison costs.
package struct ComparisonCost: Codable, Sendable {
  package let label: String
  package let runs: [String]
  package let secondsPerEpoch: Double?
  /// Mean evaluations of the field by the solver in a step of training.
  package let trainingEvaluations: Double?
  /// Evaluations of the field for a batch in use.
  package let solverEvaluations: Double?
  package let parameterCount: Int?

  init(_ group: RunGroup) {
    label = group.label
    runs = group.runs.map(\.path)
    secondsPerEpoch = group.figure(\.metrics.secondsPerEpoch)?.mean
    trainingEvaluations = group.figure(\.metrics.evaluationsPerStep)?.mean
    solverEvaluations = group.figure { $0.evaluation?.solverEvaluations.map(Double.init) }?.mean
    parameterCount = group.runs.compactMap { $0.evaluation?.parameterCount }.first
  }
}
