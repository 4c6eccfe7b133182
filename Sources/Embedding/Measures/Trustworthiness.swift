/// How far the neighbours of points in an embedding are their neighbours in truth, in [0, 1].
///
/// 1 - 2 / (n k (2n - 3k - 1)) Σ_i Σ_j max(0, r(i, j) - k), over the k nearest j of i in the embedding,
/// where r(i, j) is the rank of j among the neighbours of i in the original space, 1 for the nearest.
///
/// ### Source
/// Venna, Kaski, *Neighborhood preservation in nonlinear projection methods*, 2001. As scikit-learn's
/// `trustworthiness`.
///
/// - Precondition: as many images as points, and `neighborCount` less than half of that.
/// - Complexity: O(n² (d + log n)).
public func trustworthiness(
  of images: Points, original points: Points, neighborCount: Int = 5
) -> Double {
  precondition(
    images.count == points.count && 2 * neighborCount < points.count && neighborCount > 0,
    "trustworthiness of \(images.count) images, \(neighborCount) neighbours")
  let neighbors = NearestNeighbors(of: images, count: neighborCount)
  let count = points.count
  let penalty = points.withSquaredDistances { squaredDistance in
    var penalty = 0
    var ranks = [Int](repeating: 0, count: count)
    for point in 0..<count {
      let distances = (0..<count).map { squaredDistance(point, $0) }
      let order = (0..<count).filter { $0 != point }.sorted {
        (distances[$0], $0) < (distances[$1], $1)
      }
      for (rank, other) in order.enumerated() { ranks[other] = rank + 1 }
      for neighbor in neighbors[point] { penalty += max(0, ranks[neighbor] - neighborCount) }
    }
    return penalty
  }
  let greatest = count * neighborCount * (2 * count - 3 * neighborCount - 1)
  return 1 - 2 * Double(penalty) / Double(greatest)
}
