/// A part of the boundary of the cone where a class y is decided, on the face where a rival j ties with
/// it: states η of the simplex with η_y = η_j ≥ η_k for all k, between bounds of their parts.
///
/// The parts are K = C - 1 numbers that sum up to 1: first η_y + η_j, then the η_k of the other classes in
/// their order.
struct BoundaryBox {
  /// The place of the image that is certified.
  let image: Int
  /// j.
  let rival: Int
  private(set) var lower: [Double]
  private(set) var upper: [Double]

  /// A whole face.
  init(image: Int, rival: Int, classCount: Int) {
    self.image = image
    self.rival = rival
    lower = [2 / Double(classCount)] + [Double](repeating: 0, count: classCount - 2)
    upper = [1] + [Double](repeating: 1.0 / 3, count: classCount - 2)
    if classCount == 2 { lower = [1] }
  }

  /// The two halves across a part, without states that lie in neither.
  func halves(across part: Int) -> [BoundaryBox] {
    let middle = (lower[part] + upper[part]) / 2
    var (below, above) = (self, self)
    below.upper[part] = middle
    above.lower[part] = middle
    return [below, above].compactMap(\.tightened)
  }

  /// With bounds that follow from the others; nil where no state is left. Rounded outwards.
  private var tightened: BoundaryBox? {
    var box = self
    let slack = 1e-12
    for _ in 0..<2 {
      for part in 1..<max(lower.count, 1) {
        box.upper[part] = min(box.upper[part], box.upper[0] / 2 + slack)
        box.lower[0] = max(box.lower[0], 2 * box.lower[part] - slack)
      }
      let (least, greatest) = (box.lower.reduce(0, +), box.upper.reduce(0, +))
      for part in lower.indices {
        let (low, high) = (box.lower[part], box.upper[part])
        box.upper[part] = min(high, 1 - (least - low) + slack)
        box.lower[part] = max(low, 1 - (greatest - high) - slack)
        if box.lower[part] > box.upper[part] { return nil }
      }
    }
    return box
  }
}
