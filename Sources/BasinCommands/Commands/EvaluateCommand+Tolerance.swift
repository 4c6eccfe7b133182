import ArgumentParser
import Datasets
import Evaluations
import Foundation
import Runs

extension EvaluateCommand {
  /// Evaluates a run at other tolerances of its solver. The result goes to `tolerances.json` in the run's
  /// folder, never to `evaluation.json`.
  func studyTolerances(
    _ list: String, _ run: Run, _ data: LabelledSamples, _ request: EvaluationRequest
  ) throws {
    let progress = Progress("evaluating")
    let finding = try ToleranceFinding.measure(
      run, on: data, request, tolerances: ToleranceFinding.tolerances(list),
      // A run was given, as this studies one.
      reopened: { try model.openRun(with: [$0])! }
    ) { progress.show($1) }
    progress.finish()
    if let out { try finding.write(to: URL(fileURLWithPath: out)) }
    if out == nil, let folder = run.folder { try finding.write(to: folder.tolerances) }
    try output.show(finding, as: [.text(finding.summary), .table(finding.table)])
    try end(
      finding.isMasking, "what breaks the finest tolerance breaks more than attacks on a coarse one"
    )
  }
}
