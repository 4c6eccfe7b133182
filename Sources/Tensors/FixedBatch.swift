/// Batches of one number of rows, so that what a model finds for a sample is the same to the bit in
/// whatever batch the sample comes.
///
/// Matrix products and convolutions are rounded in an order that their libraries choose by the number
/// of rows. For one number of rows all are treated alike: what comes out for a row depends neither on
/// its place nor on what the others hold. So results that are kept, compared or continued elsewhere
/// are computed in batches of just this size, the last one filled up with copies of its last row.
///
/// It holds for models whose rows do not depend on each other (no statistics or step sizes of a
/// batch), on one kind of processor and with one number of threads.
public enum FixedBatch {
  /// A multiple of the elements that vector code of any width takes at once, so that none of it ends
  /// with a remainder, which may be rounded otherwise.
  public static let rows = 32

  /// Calls `body` with one batch after the other.
  ///
  /// - Parameters:
  ///   - samples: [N, ...], N at least 1. Derivatives pass through.
  ///   - most: the most rows of a batch, a multiple of `rows`; more than that only where several
  ///     batches at once give the same bits. The last batch is filled up to a multiple of `rows`.
  ///   - body: told how many rows count; those behind them are fill.
  public static func forEach(
    in samples: Tensor, most: Int = rows, _ body: (_ batch: Tensor, _ count: Int) throws -> Void
  ) rethrows {
    precondition(most >= rows && most % rows == 0, "batches of \(most) rows")
    let total = samples.shape[0]
    for start in stride(from: 0, to: total, by: most) {
      let end = min(start + most, total)
      var parts = [samples.sliced(start..<end)]
      let missing = filled(end - start) - (end - start)
      if missing > 0 {
        let last = samples.detached.sliced(end - 1..<end)
        parts.append(last.expanded([missing] + samples.shape.dropFirst()))
      }
      // A copy also of whole batches: a view may begin anywhere in memory.
      try body(Tensor.concatenated(parts), end - start)
    }
  }

  /// A function of samples [N, ...] that gives a row for each, in batches of `rows` rows, or of `most`.
  public static func map(
    _ samples: Tensor, most: Int = rows, _ function: (Tensor) throws -> Tensor
  ) rethrows -> Tensor {
    var results: [Tensor] = []
    try forEach(in: samples, most: most) { batch, count in
      let result = try function(batch)
      results.append(count == batch.shape[0] ? result : result.sliced(0..<count))
    }
    return results.count == 1 ? results[0] : Tensor.concatenated(results)
  }

  /// `count` rounded up to whole batches.
  package static func filled(_ count: Int) -> Int { (count + rows - 1) / rows * rows }
}
