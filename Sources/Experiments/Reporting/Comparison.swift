import Foundation
import Reports

/// The runs of a report beside each other: the table, and its figures for other programs.
public struct Comparison: Finding, Sendable {
  public struct Row: Codable, Sendable {
    public let label: String
    public let method: String
    public let data: String
    /// The folders, one a seed.
    public let runs: [String]
    /// Mean accuracies over seeds by the title of their column.
    public let accuracies: [String: Spread]
    /// The Wilson interval, of a single run.
    public let intervals: [String: [Double]]
    public let secondsPerEpoch: Double?
    /// Mean evaluations of the field by the solver in a step of training.
    public let trainingEvaluations: Double?
    /// Evaluations of the field for a batch in use.
    public let solverEvaluations: Double?
    public let parameterCount: Int?
  }

  public private(set) var schemaVersion = Comparison.currentSchemaVersion
  public let columns: [String]
  public let rows: [Row]

  /// Compares groups that were evaluated, or all if none was.
  public init(_ groups: [RunGroup]) {
    let evaluated = groups.filter { $0.runs.contains { $0.evaluation != nil } }
    let groups = evaluated.isEmpty ? groups : evaluated
    let evaluations = groups.flatMap { $0.runs.compactMap(\.evaluation) }
    let measurements = Measurement.all(in: evaluations)
    columns = evaluations.isEmpty ? [] : measurements.map(\.title)
    rows = groups.map { group in
      var accuracies: [String: Spread] = [:]
      var intervals: [String: [Double]] = [:]
      for measurement in measurements {
        let found = group.runs.compactMap { $0.evaluation.flatMap(measurement.figure) }
        accuracies[measurement.title] = Spread(found.map(\.fraction))
        if found.count == 1, let interval = found[0].interval {
          intervals[measurement.title] = [interval.lowerBound, interval.upperBound]
        }
      }
      return Row(
        label: group.label, method: group.first.configuration.method,
        data: group.first.configuration.data.name, runs: group.runs.map(\.folder.path),
        accuracies: accuracies, intervals: intervals,
        secondsPerEpoch: group.figure(\.metrics.secondsPerEpoch)?.mean,
        trainingEvaluations: group.figure(\.metrics.evaluationsPerStep)?.mean,
        solverEvaluations: group.figure {
          $0.evaluation?.solverEvaluations.map(Double.init)
        }?.mean,
        parameterCount: group.runs.compactMap(\.evaluation?.parameterCount).first)
    }
  }

  /// One row a method, one column a kind of images; the best of a column stands out.
  public var table: Table {
    let seeds = rows.map(\.runs.count).max() ?? 1
    let data = Set(rows.map(\.data)).sorted()
    let scatter =
      seeds > 1 ? "mean ± standard deviation over up to \(seeds) seeds" : "[95 % interval]"
    var table = Table(
      caption: "Accuracy in percent on \(data.joined(separator: ", ")), \(scatter)",
      columns: [.init("method")]
        + (data.count > 1 ? [.init("data")] : [])
        + columns.map { .number($0) } + [
          .number("s/epoch"), .number("f a step"), .number("f in use"), .number("parameters"),
        ])
    for row in rows {
      table.append(
        [.init(row.label)] + (data.count > 1 ? [.init(row.data)] : [])
          + columns.map { cell(row, $0) }
          + [
            row.secondsPerEpoch.map { .init(String(format: "%.2f", $0)) } ?? .missing,
            row.trainingEvaluations.map { .init(String(format: "%.0f", $0)) } ?? .missing,
            row.solverEvaluations.map { .init(String(format: "%.0f", $0)) } ?? .missing,
            row.parameterCount.map { .init("\($0)") } ?? .missing,
          ])
    }
    return table
  }

  private func cell(_ row: Row, _ column: String) -> Table.Cell {
    guard let value = row.accuracies[column] else { return .missing }
    let rivals = rows.filter { $0.data == row.data }.compactMap { $0.accuracies[column]?.mean }
    let isBest = rivals.count > 1 && value.mean == rivals.max()
    if value.count > 1 {
      return .init(
        String(format: "%.1f", 100 * value.mean),
        detail: String(format: "± %.1f", 100 * value.deviation), isEmphasized: isBest)
    }
    return .percentage(
      value.mean, interval: row.intervals[column].map { $0[0]...$0[1] }, isEmphasized: isBest)
  }
}
