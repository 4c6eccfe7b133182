/// The affinity of each pair of points, p_ij = (p_{j|i} + p_{i|j}) / 2n: symmetric, of sum 1, and 0
/// of pairs of which neither is among the other's neighbours.
///
/// Kept as compressed rows.
///
/// ### Source
/// van der Maaten, *Accelerating t-SNE using tree-based algorithms*, JMLR 2014, eq. (7) and (8).
public struct JointAffinities: Sendable {
  /// The entries of row i are elements `rowStarts[i] ..< rowStarts[i + 1]`.
  public let rowStarts: [Int]
  /// The column of each entry, ascending in a row.
  public let columns: [Int32]
  /// p_ij.
  public let values: [Double]

  /// The number of points.
  public var count: Int { rowStarts.count - 1 }

  /// Makes conditional affinities symmetric.
  public init(_ conditional: ConditionalAffinities) {
    let neighbors = conditional.neighbors
    let count = neighbors.count
    var rows = [[(column: Int32, value: Double)]](repeating: [], count: count)
    for point in 0..<count {
      for position in point * neighbors.neighborCount..<(point + 1) * neighbors.neighborCount {
        let other = neighbors.indices[position]
        let half = conditional.probabilities[position] / Double(2 * count)
        rows[point].append((Int32(other), half))
        rows[other].append((Int32(point), half))
      }
    }
    var rowStarts = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    for row in rows {
      for entry in row.sorted(by: { $0.column < $1.column }) {
        if columns.count > rowStarts.last!, columns.last == entry.column {
          values[values.count - 1] += entry.value
        } else {
          columns.append(entry.column)
          values.append(entry.value)
        }
      }
      rowStarts.append(columns.count)
    }
    self.rowStarts = rowStarts
    self.columns = columns
    self.values = values
  }

  /// The affinity of two points.
  public subscript(row: Int, column: Int) -> Double {
    let range = rowStarts[row]..<rowStarts[row + 1]
    return columns[range].firstIndex(of: Int32(column)).map { values[$0] } ?? 0
  }
}
