import Datasets
import Distributed
import Foundation
import Robustness
import StableDynamics

/// An evaluation by several processes, each with the samples i for which i mod N is its rank.
///
/// They note what they find in one journal, a folder that all of them see. What happens to a sample
/// depends on no other sample, so that an evaluation that goes on from this journal finds everything
/// done and comes to the result of one process, bit for bit.
public struct SharedEvaluation {
  public let group: ProcessGroup

  public init(_ group: ProcessGroup) { self.group = group }

  /// Fills the journal; returns when every process has noted its part.
  ///
  /// - Parameters:
  ///   - url: of the journal's folder.
  ///   - samples: all of the split that the request names.
  ///   - progress: told how much of this process's part is done.
  /// - Throws: `DistributedError` of kind `disagreement` if the processes have not the same run and
  ///   request, of kind `unsupported` if they do not see the same folder, of kind `lost` if one has
  ///   ended; what `Evaluation.measure` throws.
  public func fillJournal(
    at url: URL, of run: Run, on samples: LabelledSamples, _ request: EvaluationRequest,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    try requireSharedFolder(beside: url)
    // The first process clears away what is of another evaluation, before anyone writes.
    var journal = group.isFirst ? try self.journal(at: url, of: run, on: samples, request) : nil
    try group.barrier()
    if !group.isFirst { journal = try self.journal(at: url, of: run, on: samples, request) }
    try group.requireAgreement(on: journal!.fingerprint, of: "run, data and request (their hash)")

    let images = try run.images(of: samples)
    let count = min(request.evaluation.limit ?? images.count, images.count)
    let own = Array(stride(from: group.rank, to: count, by: group.size))
    var evaluation = request.evaluation
    evaluation.limit = nil
    evaluation.journal = journal
    // Of the whole result alone.
    evaluation.auditRules = []
    if !own.isEmpty {
      _ = try evaluation.run(run.model.trained(), on: images.subset(own), progress: progress)
    }
    try group.barrier()
  }

  private func journal(
    at url: URL, of run: Run, on samples: LabelledSamples, _ request: EvaluationRequest
  ) throws -> JournalFolder {
    try request.journal(at: url, of: run, on: samples, writer: "process\(group.rank)")
  }

  /// - Throws: `DistributedError` of kind `unsupported` on every process unless all of them find a
  ///   file that the first one writes.
  private func requireSharedFolder(beside url: URL) throws {
    let name = try group.gather(UUID().uuidString)[0]
    let file = url.deletingLastPathComponent().appendingPathComponent(".\(name)")
    if group.isFirst { try? Data().write(to: file) }
    try group.barrier()
    let answers = try group.gather(FileManager.default.fileExists(atPath: file.path) ? "1" : "0")
    if group.isFirst { try? FileManager.default.removeItem(at: file) }
    if let rank = answers.firstIndex(of: "0") {
      throw DistributedError(
        .unsupported,
        expected: "\(url.deletingLastPathComponent().relativePath) in one file system for all "
          + "processes",
        found: "a folder of its own on process \(rank)",
        remedy: "Evaluate on one machine, or keep the run where all machines see it.")
    }
  }
}
