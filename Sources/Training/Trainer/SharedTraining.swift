import Datasets
import Distributed
import Files
import NeuralNetworks
import Runs
import Tensors

/// What a training exchanges with the other processes that share it.
///
/// A batch is cut by position (`BatchShard`); losses are means over the batch, so that of a part
/// counts with the part's weight before gradients are taken, and gradients add up. What does not
/// depend on samples, such as a loss on points drawn by the step, is the same on all processes, and
/// the weights add up to 1.
final class SharedTraining {
  let group: ProcessGroup
  private let exchange: TrainingExchange
  private var isInterrupted: () -> Bool = { false }
  /// Whether all processes know that one was asked to end.
  private var isEnding = false
  /// From before the step at hand.
  private var buffers: RememberedBuffers?

  init(_ group: ProcessGroup) {
    self.group = group
    exchange = TrainingExchange(group)
  }

  // MARK: - Steps

  func shard(of count: Int) -> BatchShard {
    BatchShard(rank: group.rank, of: group.size, total: count, exchange: exchange)
  }

  /// Gradients by the loss of the batch, and means over the batch of the values [n], all of which a
  /// process has computed for its part: gradients with the part's weight already, values without.
  func joined(
    _ gradients: [Tensor], _ values: Tensor
  ) throws -> (gradients: [Tensor], values: Tensor) {
    try check()
    let own = values * BatchShard.current!.weight
    let sums = try group.sum(gradients + [own, interruption])
    isEnding = sums.last!.item > 0
    return (Array(sums.dropLast(2)), sums[sums.count - 2])
  }

  /// - Throws: the first failure of an exchange within a pass through the model.
  func check() throws { try exchange.check() }

  func rememberBuffers(of state: ModuleState) { buffers = RememberedBuffers(of: state) }

  func forgetBuffers() { buffers = nil }

  /// Takes back what a step that was not finished has done to them.
  func restoreBuffers() {
    buffers?.restore()
    forgetBuffers()
  }

  // MARK: - Interruption

  /// Runs `body` with an answer that is the same on all processes at any step: whether one of them
  /// has been asked to end.
  func agreeing<Result>(
    on isInterrupted: () -> Bool, _ body: (() -> Bool) throws -> Result
  ) rethrows -> Result {
    try withoutActuallyEscaping(isInterrupted) { question in
      self.isInterrupted = question
      defer { self.isInterrupted = { false } }
      return try body { self.isEnding }
    }
  }

  private var interruption: Tensor { Tensor([isInterrupted() ? 1.0 : 0]) }

  // MARK: - Counting

  /// Whether a piece of work that is cut into numbered batches is this process's.
  func takes(_ batch: Int) -> Bool { batch % group.size == group.rank }

  func sum(_ count: Int) throws -> Int {
    let sums = try group.sum([Tensor([Int64(count)]), interruption])
    isEnding = sums[1].item > 0
    return sums[0].integers[0]
  }

  // MARK: - Agreement

  /// - Throws: `DistributedError` of kind `disagreement`.
  func requireAgreement(
    configuration: String, data: String, position: TrainingPosition, model: ModuleState
  ) throws {
    for (subject, text) in [
      ("configuration (its hash)", configuration), ("training data (their SHA-256)", data),
      ("position", "epoch \(position.epoch), batch \(position.batch), step \(position.step)"),
    ] {
      try group.requireAgreement(on: text, of: subject)
    }
    try requireAgreement(on: model)
  }

  /// - Throws: `DistributedError` of kind `disagreement` unless all models have the same bits.
  func requireAgreement(on model: ModuleState) throws {
    let bytes = model.entries.flatMap(\.tensor.bytes)
    try group.requireAgreement(on: SHA256.digest(of: bytes), of: "model (its SHA-256)")
  }
}

/// Exchanges within a pass through the model, where nothing can be thrown: the first failure is kept.
private final class TrainingExchange: BatchExchange, @unchecked Sendable {
  private let group: ProcessGroup
  private var failure: DistributedError?

  init(_ group: ProcessGroup) { self.group = group }

  func sum(_ tensor: Tensor) -> Tensor {
    do {
      return try group.sum([tensor])[0]
    } catch {
      failure = failure ?? error
      return tensor
    }
  }

  func refuse(_ reason: String) {
    failure =
      failure
      ?? DistributedError(
        .unsupported, expected: "a model that processes can train together",
        found: "one that needs \(reason)",
        remedy: "Train it with one process, or choose an extractor without batch normalisation.")
  }

  func check() throws {
    if let failure { throw failure }
  }
}
