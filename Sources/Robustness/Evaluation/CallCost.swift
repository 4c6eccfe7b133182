/// What a call of a model costs: seconds = a + b · rows, with a and b at least 0, by least squares
/// over the calls so far.
///
/// Small models cost nearly as much for one row as for a batch, large ones in proportion; both are
/// seen as soon as batches shrink. Until then half of a call's cost is taken to be fixed.
package struct CallCost {
  private var calls = 0.0
  private var rows = 0.0
  private var squares = 0.0
  private var seconds = 0.0
  private var products = 0.0

  package init() {}

  /// Whether no call is known.
  package var isUnknown: Bool { calls == 0 }

  package mutating func record(rows count: Int, seconds time: Double) {
    let count = Double(count)
    calls += 1
    rows += count
    squares += count * count
    seconds += time
    products += count * time
  }

  /// The expected cost of a call.
  ///
  /// - Precondition: a call is known.
  package func seconds(rows count: Double) -> Double {
    let (meanRows, meanSeconds) = (rows / calls, seconds / calls)
    let variance = squares / calls - meanRows * meanRows
    guard variance > 1e-9 * meanRows * meanRows else {
      return meanSeconds * (1 + count / max(meanRows, 1)) / 2
    }
    let slope = (products / calls - meanRows * meanSeconds) / variance
    if slope <= 0 { return meanSeconds }
    // A line that would start below 0 goes through 0 instead.
    let start = meanSeconds - slope * meanRows
    return start >= 0 ? start + slope * count : products / squares * count
  }
}
