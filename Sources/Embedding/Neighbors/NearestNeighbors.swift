/// The nearest other points of each point, in the Euclidean distance, by comparing all pairs.
///
/// Of points at the same distance, those of smaller index come first.
public struct NearestNeighbors: Sendable {
  /// Neighbours of each point.
  public let neighborCount: Int
  /// The neighbours of point i, nearest first, are elements `i · neighborCount` and on.
  public let indices: [Int]
  /// The squares of their distances.
  public let squaredDistances: [Double]

  /// Finds the `neighborCount` nearest others of each point.
  ///
  /// - Precondition: `neighborCount` is positive and less than the number of points.
  /// - Complexity: O(n² d), and O(n) memory beside the result.
  public init(of points: Points, count neighborCount: Int) {
    precondition(
      (1..<max(points.count, 1)).contains(neighborCount),
      "NearestNeighbors: \(neighborCount) neighbours among \(points.count) points")
    self.neighborCount = neighborCount
    var indices: [Int] = []
    var squaredDistances: [Double] = []
    indices.reserveCapacity(points.count * neighborCount)
    squaredDistances.reserveCapacity(points.count * neighborCount)
    points.withSquaredDistances { squaredDistance in
      for point in 0..<points.count {
        var nearest = NearestHeap(capacity: neighborCount)
        for other in 0..<points.count where other != point {
          nearest.offer(index: other, distance: squaredDistance(point, other))
        }
        for neighbor in nearest.sorted {
          indices.append(neighbor.index)
          squaredDistances.append(neighbor.distance)
        }
      }
    }
    self.indices = indices
    self.squaredDistances = squaredDistances
  }

  /// The number of points.
  public var count: Int { indices.count / neighborCount }

  /// The neighbours of a point, nearest first.
  public subscript(point: Int) -> ArraySlice<Int> {
    indices[point * neighborCount..<(point + 1) * neighborCount]
  }
}

/// The nearest so far, in a binary heap with the farthest of them on top.
private struct NearestHeap {
  struct Candidate {
    let distance: Double
    let index: Int

    /// Whether another comes before it.
    func isFarther(than other: Candidate) -> Bool {
      distance > other.distance || (distance == other.distance && index > other.index)
    }
  }

  private let capacity: Int
  private var candidates: [Candidate] = []

  init(capacity: Int) {
    self.capacity = capacity
    candidates.reserveCapacity(capacity)
  }

  var sorted: [Candidate] { candidates.sorted { $1.isFarther(than: $0) } }

  /// Takes a candidate in if it is among the nearest; indices are offered in ascending order.
  mutating func offer(index: Int, distance: Double) {
    if candidates.count < capacity {
      candidates.append(Candidate(distance: distance, index: index))
      rise(from: candidates.count - 1)
    } else if distance < candidates[0].distance {
      candidates[0] = Candidate(distance: distance, index: index)
      sink()
    }
  }

  private mutating func rise(from start: Int) {
    var position = start
    while position > 0, candidates[position].isFarther(than: candidates[(position - 1) / 2]) {
      candidates.swapAt(position, (position - 1) / 2)
      position = (position - 1) / 2
    }
  }

  private mutating func sink() {
    var position = 0
    while true {
      var farthest = position
      for child in [2 * position + 1, 2 * position + 2]
      where child < capacity && candidates[child].isFarther(than: candidates[farthest]) {
        farthest = child
      }
      if farthest == position { return }
      candidates.swapAt(position, farthest)
      position = farthest
    }
  }
}
