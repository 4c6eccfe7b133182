import ArgumentParser
import Datasets
import Evaluations
import Foundation
import Reports
import Robustness
import Runs

/// The values of `--protocol`: those of evaluations, and a study that is none.
enum ProtocolChoice: String, ExpressibleByArgument, CaseIterable {
  case strict, paper
  case paperNormalized = "paper-normalized"

  /// What the other options are read for; a study reads its budgets, seed and sample count there.
  var evaluationProtocol: EvaluationProtocol { self == .strict ? .strict : .paper }
}

extension EvaluateCommand {
  /// Attacks normalised images with a clamp that belongs to pixels. The result goes to
  /// `paper-normalized.json` in the run's folder, never to `evaluation.json`.
  func studyMisplacedClamp(
    _ run: Run, _ data: LabelledSamples, _ request: EvaluationRequest
  ) throws {
    let progress = Progress("attacking in two spaces")
    let finding = try MisplacedClampFinding.measure(
      run, on: data, request, normalization: model.external.normalization?.value
    ) { done, total in
      progress.show(done, of: total)
    }
    progress.finish()
    if let out { try finding.write(to: URL(fileURLWithPath: out)) }
    if out == nil, let folder = run.folder { try finding.write(to: folder.misplacedClamp) }
    try output.show(finding, as: [.text(finding.summary), .table(finding.table)])
  }
}
