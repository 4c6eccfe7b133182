import Datasets
import Distributed
import Foundation
import Robustness

/// An evaluation by several processes, each with the samples i for which i mod N is its rank.
///
/// They note what they find in one journal, a folder that all of them see. What happens to a sample
/// depends on no other sample (`FixedBatch`), so that an evaluation that goes on from this journal
/// finds everything done and comes to the result of one process, bit for bit where all processors are
/// of one kind.
package struct SharedEvaluation {
  package let group: ProcessGroup

  package init(_ group: ProcessGroup) { self.group = group }

  /// Fills the journal; returns it when every process has noted its part.
  ///
  /// - Parameters:
  ///   - journals: where the journal of the request is.
  ///   - samples: all of the split that the request names.
  ///   - progress: told how far this process's part has come.
  /// - Returns: the journal with all that was noted.
  /// - Throws: `DistributedError` of kind `disagreement` if the processes have not the same run and
  ///   request, of kind `unsupported` if they do not see the same folder, of kind `lost` if one has
  ///   ended; `Failure` of kind `inUse` if others make the same evaluation; what
  ///   `Evaluation.measure` throws.
  package func fillJournal(
    in journals: EvaluationJournals, of run: any EvaluationSubject, on samples: LabelledSamples,
    _ request: EvaluationRequest, progress: (EvaluationProgress) throws -> Void = { _ in }
  ) throws -> JournalFolder {
    try requireSharedFolder(beside: journals.url)
    let key = try request.journalKey(of: run, on: samples)
    try group.requireAgreement(on: key.name, of: "run, data and request (their hash)")
    let journal = try journal(key, in: journals)

    let images = try run.images(of: samples)
    let count = min(request.evaluation.limit ?? images.count, images.count)
    let own = Array(stride(from: group.rank, to: count, by: group.size))
    var evaluation = request.evaluation
    evaluation.limit = nil
    evaluation.journal = journal
    // Of the whole result alone.
    evaluation.auditRules = []
    if !own.isEmpty {
      _ = try evaluation.run(run.classifier(), on: images.subset(own), progress: progress)
    }
    try group.barrier()
    journal.reload()
    return journal
  }

  /// The first process opens the journal for all, before anyone writes; if it cannot, the others
  /// end with its error.
  private func journal(
    _ key: EvaluationJournals.Key, in journals: EvaluationJournals
  ) throws -> JournalFolder {
    let writer = "process\(group.rank)"
    let opened = group.isFirst ? Result { try journals.open(key, writer: writer) } : nil
    var failure: (any Error)?
    if case .failure(let error) = opened { failure = error }
    let answer = try group.gather(failure == nil ? "" : "\(failure!)")[0]
    if let failure { throw failure }
    guard answer.isEmpty else {
      throw DistributedError(
        .lost, expected: "a journal that the first process has opened", found: answer,
        remedy: "See what the first process says.")
    }
    return try opened?.get() ?? journals.join(key, writer: writer)
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
