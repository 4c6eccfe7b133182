/// The samples of a batch that this process holds, where several processes share it.
///
/// Each process computes with its own rows, as if they were the batch. What mixes samples asks for
/// the shard at hand (`BatchShard.current`) and exchanges what it needs, so that the result is that
/// of one process with the whole batch: statistics of a batch normalisation, the error by which a
/// solver chooses its steps, random numbers with a row for each sample.
public struct BatchShard: Sendable {
  /// The shard in the present task; nil where the batch is whole.
  @TaskLocal public static var current: BatchShard?

  /// This process's rows of the batch. Where there are more processes than rows, some hold the first
  /// row again, with the weight 0.
  public let rows: Range<Int>
  /// Rows of the whole batch, at least 1.
  public let total: Int
  /// This process, from 0, and all processes.
  public let rank: Int
  /// All processes among which the batch is divided.
  public let size: Int
  /// The share of the batch that the rows are: what a mean over them counts for in that over the
  /// batch. The weights of all processes add up to 1.
  public let weight: Double
  private let exchange: any BatchExchange

  /// Cuts a batch into consecutive parts whose sizes differ by one row at most.
  public init(rank: Int, of size: Int, total: Int, exchange: any BatchExchange) {
    precondition(
      total > 0 && (0..<size).contains(rank), "shard \(rank) of \(size) of \(total) rows")
    let range = total * rank / size..<total * (rank + 1) / size
    rows = range.isEmpty ? 0..<1 : range
    weight = Double(range.count) / Double(total)
    self.total = total
    self.rank = rank
    self.size = size
    self.exchange = exchange
  }

  /// The sum of a tensor over all processes, not recorded.
  ///
  /// If the exchange fails, the result is the tensor itself: the exchange keeps the failure and
  /// throws it later, as neither a layer nor a backward pass can throw.
  public func sum(_ tensor: Tensor) -> Tensor { exchange.sum(tensor) }

  /// The mean over the batch, given that over the rows of each process.
  public func mean(_ value: Tensor) -> Tensor { sum(withoutGradients { value.detached * weight }) }

  /// The root mean square over the batch, given that over the rows of each process.
  public func rootMeanSquare(_ value: Double) -> Double {
    sum(Tensor([weight * value * value])).item.squareRoot()
  }

  /// Tells that something cannot be done with a part of a batch; the exchange throws it later.
  public func refuse(_ reason: String) { exchange.refuse(reason) }

  /// Random numbers with a row for each sample: this process's rows of those for the whole batch.
  ///
  /// - Parameters:
  ///   - shape: a row for each sample that this process holds.
  ///   - draw: makes numbers of a shape.
  public static func rows(of shape: [Int], drawn draw: ([Int]) -> Tensor) -> Tensor {
    guard let shard = current, shape.first == shard.rows.count else { return draw(shape) }
    return draw([shard.total] + shape.dropFirst()).sliced(shard.rows)
  }
}

/// How processes that share a batch exchange what they need of each other.
public protocol BatchExchange: Sendable {
  /// The sum of a tensor of the same shape everywhere over all processes.
  func sum(_ tensor: Tensor) -> Tensor
  /// Notes that something cannot be done with a part of a batch.
  func refuse(_ reason: String)
}
