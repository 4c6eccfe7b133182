import Tensors

/// Two classes of a model share a centre, so that neither has a cell.
public struct CoincidentCenters: Error, Hashable, Sendable, CustomStringConvertible {
  /// Two of them.
  public let classes: [Int]

  public init(classes: [Int]) { self.classes = classes }

  public var description: String {
    "centers: expected a centre of its own for each class, found one for the classes \(classes[0]) and "
      + "\(classes[1]), between which no radius can be certified. Use another checkpoint, or train anew."
  }
}

extension VoronoiCells {
  /// - Throws: `CoincidentCenters` for the first two centres that are one but for rounding.
  func requireDistinctCenters() throws(CoincidentCenters) {
    let length = centers.norm(along: 1).max().item
    for (index, distance) in distances.doubles.enumerated() {
      let (i, j) = (index / classCount, index % classCount)
      if i < j, !(distance > 1e-6 * length) { throw CoincidentCenters(classes: [i, j]) }
    }
  }
}
