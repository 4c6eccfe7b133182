/// For every pixel the length of a shortest path to a marked pixel, in units of 2^-16 pixels.
///
/// Paths go by steps (1, 0), (1, 1) and (2, 1), of lengths 1, 1.4 and 2.1969 (Borgefors 1986), in
/// two sweeps: OpenCV's `distanceTransform` with the mask of 5 x 5 that approximates the Euclidean
/// distance. Where nothing is marked the distances are larger than any image.
struct DistanceMap {
  let distances: [Int]

  private static let straight = 65_536
  private static let diagonal = 91_750
  private static let knight = 143_976

  init(height: Int, width: Int, isMarked: [Bool]) {
    let far = Int(Int32.max) >> 2
    // A border of two pixels, for no step of a sweep then leaves the map.
    let stride = width + 4
    var map = [Int](repeating: far, count: (height + 4) * stride)
    // The steps of the downward sweep; the upward sweep's are their opposites.
    let steps = [
      (-2 * stride - 1, Self.knight), (-2 * stride + 1, Self.knight), (-stride - 2, Self.knight),
      (-stride - 1, Self.diagonal), (-stride, Self.straight), (-stride + 1, Self.diagonal),
      (-stride + 2, Self.knight), (-1, Self.straight),
    ]
    for y in 0..<height {
      for x in 0..<width {
        let place = (y + 2) * stride + x + 2
        map[place] =
          isMarked[y * width + x]
          ? 0 : steps.reduce(far) { min($0, map[place + $1.0] + $1.1) }
      }
    }
    for y in (0..<height).reversed() {
      for x in (0..<width).reversed() {
        let place = (y + 2) * stride + x + 2
        map[place] = steps.reduce(map[place]) { min($0, map[place - $1.0] + $1.1) }
      }
    }
    distances = (0..<height).flatMap { y in
      let row = (y + 2) * stride + 2
      return map[row..<row + width]
    }
  }
}
