/// The batches of an epoch, each an array of sample indices.
///
/// A random-access collection, so a run resumes at batch `k` with `batches.dropFirst(k)`.
public struct Batches: RandomAccessCollection, Sendable {
  private let order: [Int]
  private let size: Int
  /// The number of batches.
  public let endIndex: Int

  /// Cuts an order into batches.
  ///
  /// - Parameters:
  ///   - order: Sample indices in the order of the epoch.
  ///   - size: Samples a batch, at least one.
  ///   - dropsLast: Whether a last batch shorter than `size` is left out.
  public init(of order: [Int], size: Int, dropsLast: Bool = false) {
    precondition(size > 0, "Batches: size \(size) is not positive")
    self.order = order
    self.size = size
    let (full, rest) = order.count.quotientAndRemainder(dividingBy: size)
    endIndex = rest > 0 && !dropsLast ? full + 1 : full
  }

  /// Zero.
  public var startIndex: Int { 0 }

  /// The sample indices of one batch.
  public subscript(position: Int) -> [Int] {
    precondition(indices.contains(position), "Batches: no batch \(position) of \(count)")
    let start = position * size
    return Array(order[start..<Swift.min(start + size, order.count)])
  }
}
