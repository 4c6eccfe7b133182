import Reports
import Runs

extension RunReport {
  /// Every number of every training and evaluation as a row of its own, as data frames like them: what was
  /// measured of which run, at which step and epoch, and the value; accuracies are shares.
  package var metricsTable: Table {
    Table(
      columns: [
        .init("run"), .init("method"), .init("data"), .init("seed"), .init("source"),
        .number("step"), .number("epoch"), .init("metric"), .number("value"),
      ],
      rows: groups.flatMap(\.runs).flatMap { run in
        let own = [
          run.path, run.method, run.dataName, run.configuration.map { "\($0.seed)" } ?? "",
        ]
        return (run.metrics.rows + run.evaluationRows).map { (own + $0).map { Table.Cell($0) } }
      })
  }
}

extension Metrics {
  /// Source, step, epoch, metric and value.
  fileprivate var rows: [[String]] {
    func row(_ source: String, _ step: Int, _ epoch: Int?, _ metric: String, _ value: Double?)
      -> [String]?
    {
      value.map { [source, "\(step)", epoch.map(String.init) ?? "", metric, "\($0)"] }
    }
    let ofSteps = steps.flatMap { step in
      step.terms.sorted { $0.key < $1.key }.map { row("step", step.step, step.epoch, $0, $1) } + [
        row("step", step.step, step.epoch, "learningRate", step.learningRate),
        row("step", step.step, step.epoch, "evaluations", Double(step.evaluations)),
        row("step", step.step, step.epoch, "seconds", step.seconds),
      ]
    }
    let ofEpochs = epochs.flatMap { mark in
      [
        row("epoch", mark.step, mark.epoch, "trainAccuracy", mark.trainAccuracy),
        row("epoch", mark.step, mark.epoch, "validationAccuracy", mark.validationAccuracy),
        row("epoch", mark.step, mark.epoch, "seconds", mark.seconds),
      ]
    }
    return (ofSteps + ofEpochs).compactMap { $0 }
  }
}

extension RunRecord {
  /// The same of what was measured when it was trained.
  fileprivate var evaluationRows: [[String]] {
    guard let evaluation else { return [] }
    let all = MeasuredAccuracy.all(in: [evaluation])
    return all.compactMap { measurement in
      measurement.figure(in: evaluation).map {
        ["evaluation", "", "", measurement.title(among: all), "\($0.fraction)"]
      }
    }
  }
}
