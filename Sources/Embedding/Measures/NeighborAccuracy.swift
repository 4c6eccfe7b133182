/// The share of points whose class is that of most of their `neighborCount` nearest others; of
/// classes that tie, the least label is taken.
///
/// That is leave-one-out k-nearest-neighbour classification, as scikit-learn's
/// `KNeighborsClassifier` under `LeaveOneOut`.
///
/// - Precondition: a label for each point, each at least 0; `neighborCount` in `1..<points.count`.
/// - Complexity: O(n² d).
public func neighborAccuracy(of points: Points, labels: [Int], neighborCount: Int = 5) -> Double {
  precondition(
    labels.count == points.count, "\(labels.count) labels for \(points.count) points")
  let neighbors = NearestNeighbors(of: points, count: neighborCount)
  let classes = (labels.max() ?? -1) + 1
  let correct = (0..<points.count).count { point in
    let votes = neighbors[point].reduce(into: [Int](repeating: 0, count: classes)) {
      $0[labels[$1]] += 1
    }
    return votes.firstIndex(of: votes.max()!) == labels[point]
  }
  return Double(correct) / Double(points.count)
}
