import Datasets
import Evaluations
import Failures
import Foundation
import NeuralNetworks
import Reports
import Robustness
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// Thousands of damaged checkpoints and journal pages: each is read, or refused, and none ends the
/// process. `Benchmarks/fuzz` does the same a million times.
@Suite("Damaged checkpoints and journals")
struct DamagedFileTests {
  /// Some bytes changed, cut off or put in, most of them in the header.
  private func damaged(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.next(below: 3) where !bytes.isEmpty {
      let place = generator.next(below: bytes.count)
      switch generator.next(below: 5) {
      case 0: bytes[place] ^= 1 << UInt8(generator.next(below: 8))
      // Digits become other digits: shapes, offsets, positions.
      case 1, 2:
        let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
        if let digit = digits.randomElement(using: &generator) {
          bytes[digit] = UInt8(0x30 + generator.next(below: 10))
        }
      case 3: bytes.remove(at: place)
      default: bytes.insert(UInt8(generator.next(below: 256)), at: place)
      }
    }
    return bytes
  }

  private let model = ModuleState(parameters: ["w": .zeros([2])])

  private func checkpoint(position: String) -> SafeTensors {
    SafeTensors(
      [
        "model.w": Tensor([1 as Float, 2]), "optimizer.step": Tensor.zeros([]),
        "optimizer.w.exp_avg": Tensor.zeros([2]), "optimizer.w.exp_avg_sq": Tensor.zeros([2]),
      ],
      metadata: [
        "format": "basin-checkpoint", "schemaVersion": "1", "configurationHash": "c0ffee",
        "position": position,
      ])
  }

  @Test("checkpoints") func checkpoints() throws {
    let file = checkpoint(
      position: #"{"epoch":1,"batch":2,"step":9,"metricsLength":77,"bestValidationAccuracy":0.5}"#)
    #expect(try Checkpoint(file, path: "x").position.step == 9)
    let whole = file.bytes
    var generator = SplitMix64(seed: 1)
    let state = Holder(state: model)
    let optimizer = Adam(model)
    var (refused, accepted) = (0, 0)
    for _ in 0..<2000 {
      let bytes = damaged(whole, using: &generator)
      do {
        let checkpoint = try Checkpoint(SafeTensors(bytes: bytes, path: "x"), path: "x")
        try state.load(checkpoint.model)
        try optimizer.load(checkpoint.optimizer)
        accepted += 1
      } catch {
        #expect(!"\(error)".isEmpty)
        refused += 1
      }
    }
    #expect(refused > 1000 && accepted > 50, "\(refused) refused, \(accepted) accepted")
  }

  private struct Holder: Module { let state: ModuleState }

  @Test("journal pages") func pages() throws {
    let outcomes = (0..<4).map { index in
      SampleOutcome(
        index: index, status: index % 2 == 0 ? .broken : .correct, prediction: index,
        distance: 0.5, gradient: index == 3 ? nil : .init(startsAtZero: true, isFinite: false),
        image: index % 2 == 0 ? .full(0.25, [1, 2]) : nil)
    }
    let whole = JournalPage(outcomes, unit: "pgd", fingerprint: "f").file.bytes
    #expect(JournalPage(try SafeTensors(bytes: whole))?.outcomes.count == 4)
    var generator = SplitMix64(seed: 2)
    var (refused, accepted) = (0, 0)
    for _ in 0..<2000 {
      let bytes = damaged(whole, using: &generator)
      guard let file = try? SafeTensors(bytes: bytes), let page = JournalPage(file) else {
        refused += 1
        continue
      }
      #expect(page.outcomes.allSatisfy { $0.index >= 0 && $0.prediction >= 0 })
      accepted += 1
    }
    #expect(refused > 1000 && accepted > 50, "\(refused) refused, \(accepted) accepted")
  }

  @Test("pages that fit the format and make no sense are refused")
  func senseless() throws {
    let page = JournalPage(
      [SampleOutcome(index: 0, status: .broken, prediction: 1, image: .zeros([2]))], unit: "u",
      fingerprint: "f"
    ).file
    #expect(JournalPage(page) != nil)
    for (name, tensor) in [
      ("index", Tensor.zeros([])), ("index", Tensor([-1 as Int64])),
      ("index", Tensor([0 as Int64, 1])), ("index", Tensor([0.0])),
      ("status", Tensor([3 as Int64])), ("status", Tensor([0 as Int64])),
      ("prediction", Tensor([-1 as Int64])), ("distance", Tensor([1 as Int64])),
      ("gradient", Tensor([Double.nan])), ("images", Tensor.zeros([])),
      ("images", Tensor.zeros([0, 2])), ("images", Tensor.zeros([2, 2])),
      ("images", Tensor([1 as Int64])),
    ] {
      var other = page
      other.tensors[name] = tensor
      #expect(JournalPage(other) == nil, "\(name) \(tensor.shape)")
    }
    for name in ["fingerprint", "unit", "index", "status", "prediction", "distance", "gradient"] {
      var other = page
      other.tensors[name] = nil
      other.metadata[name] = nil
      #expect(JournalPage(other) == nil, "\(name)")
    }
  }

  @Test("a checkpoint at a place that its training does not have is refused")
  func positions() throws {
    let temporary = try TemporaryFolder()
    // Three epochs of four batches.
    let run = try LinearRun(temporary.run("a"))
    try run.trainInterrupted(after: 6)
    let file = try SafeTensors(contentsOf: run.folder.checkpoint.path)
    for (epoch, batch, step) in [
      (3, 0, Int.max), (0, 0, Int.max - 1), (4, 0, 16), (.max, 0, 0), (1, 5, 9), (1, .max, 6),
      (3, 1, 13), (1, 2, 7), (.max, .max, .max),
    ] {
      var other = file
      other.metadata["position"] =
        #"{"epoch":\#(epoch),"batch":\#(batch),"step":\#(step),"metricsLength":18446744073709551615}"#
      try other.write(to: run.folder.checkpoint.path)
      let error = #expect(throws: Failure.self) { try run.trainer() }
      #expect(error?.kind == .malformed)
      #expect(error?.expected == "a checkpoint with a position in 3 epochs of 4 batches")
      #expect(error?.found == "epoch \(epoch), batch \(batch), step \(step)")
    }
    for text in ["", "{}", "[]", "{\"epoch\":-1,\"batch\":0,\"step\":0,\"metricsLength\":0}"] {
      var other = file
      other.metadata["position"] = text
      #expect(throws: Failure.self) { try Checkpoint(other, path: "x") }
    }
  }

  @Test("A log that is gone, or cut within a line, costs its lines and not the training")
  func log() throws {
    let temporary = try TemporaryFolder()
    let whole = try LinearRun(temporary.run("whole"))
    try whole.trainer().train()
    for isCut in [false, true] {
      let run = try LinearRun(temporary.run("cut-\(isCut)"))
      do { try run.trainer().train { true } } catch is TrainingInterrupted {}
      let log = try bytes(run.folder.metrics)
      if isCut {
        try log.dropLast(5).write(to: run.folder.metrics)
        // Half a line is that of a training that was stopped, and nothing to fail of.
        #expect(try Metrics(contentsOf: run.folder.metrics).steps.isEmpty)
      } else {
        try FileManager.default.removeItem(at: run.folder.metrics)
      }
      let said = Said()
      try run.trainer(terminal: said.terminal).train()
      #expect(said.text.contains("metrics.jsonl: \(log.count) of \(log.count) bytes"))
      #expect(try bytes(run.folder.model) == bytes(whole.folder.model))
      #expect(try Metrics(contentsOf: run.folder.metrics).steps.map(\.step) == Array(2...12))
    }
  }

  @Test("A file of a run that is far too long, or none, is refused before it is read")
  func endless() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.run("a")
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    func errors() -> [String] {
      let readings: [(URL, () throws -> Void)] = [
        (folder.evaluation, { _ = try Evaluation.read(from: folder.evaluation) }),
        (folder.provenance, { _ = try Provenance(contentsOf: folder.provenance) }),
        (folder.metrics, { _ = try Metrics(contentsOf: folder.metrics) }),
      ]
      return readings.compactMap { file, read in
        do {
          try read()
          return nil
        } catch {
          return "\(error)".hasPrefix(file.relativePath) ? "\(error)" : nil
        }
      }
    }
    for (file, size) in [
      (folder.evaluation, 256 << 20 | 1), (folder.provenance, 16 << 20 | 1),
      (folder.metrics, 1 << 30 | 1),
    ] {
      // Its bytes are no place on the disk.
      try Data().write(to: file)
      try FileHandle(forWritingTo: file).truncate(atOffset: UInt64(size))
    }
    let tooLong = errors()
    #expect(tooLong.count == 3 && tooLong.allSatisfy { $0.contains(" bytes. ") }, "\(tooLong)")
    for file in [folder.evaluation, folder.provenance, folder.metrics] {
      try FileManager.default.removeItem(at: file)
      #expect(mkfifo(file.path, 0o600) == 0)
    }
    let notRegular = errors()
    #expect(notRegular.count == 3 && notRegular.allSatisfy { $0.contains("a folder or device") })
  }

  @Test("What killed writers left in a run's folder is gone when it resumes")
  func remains() throws {
    let temporary = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: temporary.path("a.tmp-99999/checkpoints"), withIntermediateDirectories: true)
    let run = try LinearRun(temporary.run("a"))
    #expect(try temporary.contents == ["a"])
    let parts = ["model.safetensors.9.9.part", "checkpoints/last.safetensors.9.9.part"]
    for part in parts { _ = try temporary.write("", to: "a/\(part)") }
    _ = try run.trainer()
    #expect(parts.allSatisfy { !FileManager.default.fileExists(atPath: temporary.path("a/\($0)")) })
  }
}

/// A terminal that remembers.
private final class Said: @unchecked Sendable {
  private let lock = NSLock()
  private var said = ""

  var text: String { lock.withLock { said } }

  var terminal: Terminal {
    Terminal(isInteractive: false, usesColor: false) { [self] text in
      lock.withLock { said += text }
    }
  }
}
