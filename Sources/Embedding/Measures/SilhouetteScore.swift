/// How well classes keep apart: the mean over points of (b - a) / max(a, b), in [-1, 1].
///
/// a is a point's mean distance to the others of its class, b the least mean distance to those of
/// another class. 1 means tight classes far apart, 0 overlap, and negative values that points are
/// nearer to another class. A point alone in its class counts 0.
///
/// ### Source
/// Rousseeuw, *Silhouettes: a graphical aid to the interpretation and validation of cluster analysis*,
/// 1987. As scikit-learn's `silhouette_score`.
///
/// - Precondition: a label for each point, each at least 0, and at least two classes.
/// - Complexity: O(n² d).
public func silhouetteScore(of points: Points, labels: [Int]) -> Double {
  precondition(
    labels.count == points.count, "\(labels.count) labels for \(points.count) points")
  let classes = (labels.max() ?? -1) + 1
  let sizes = labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[$1] += 1 }
  precondition(sizes.count { $0 > 0 } > 1, "silhouetteScore of a single class")
  let total = points.withSquaredDistances { squaredDistance in
    var total = 0.0
    for point in 0..<points.count where sizes[labels[point]] > 1 {
      var sums = [Double](repeating: 0, count: classes)
      for other in 0..<points.count {
        sums[labels[other]] += squaredDistance(point, other).squareRoot()
      }
      let own = labels[point]
      let within = sums[own] / Double(sizes[own] - 1)
      var nearest = Double.infinity
      for other in 0..<classes where other != own && sizes[other] > 0 {
        nearest = min(nearest, sums[other] / Double(sizes[other]))
      }
      let greater = max(within, nearest)
      if greater > 0 { total += (nearest - within) / greater }
    }
    return total
  }
  return total / Double(points.count)
}
