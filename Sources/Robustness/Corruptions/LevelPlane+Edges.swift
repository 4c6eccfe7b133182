extension LevelPlane {
  /// Which pixels lie on edges by Canny's method, as OpenCV's `Canny` with its defaults has it.
  ///
  /// The gradient (dx, dy) is Sobel's of 3 x 3 pixels and its magnitude |dx| + |dy|. A pixel is a
  /// candidate where the magnitude exceeds `low` and is a maximum across the edge, in one of four
  /// directions; beyond the border it counts as 0. Edges are the candidates above `high` and those
  /// joined to them by candidates, diagonals included.
  func edges(low: Int, high: Int) -> [Bool] {
    let dx = correlated(with: [-1, 0, 1, -2, 0, 2, -1, 0, 1], border: .nearest)
    let dy = correlated(with: [-1, -2, -1, 0, 0, 0, 1, 2, 1], border: .nearest)
    func magnitude(_ y: Int, _ x: Int) -> Int {
      guard y >= 0, y < height, x >= 0, x < width else { return 0 }
      return abs(dx[y * width + x]) + abs(dy[y * width + x])
    }
    // tan 22.5° and tan 67.5° = tan 22.5° + 2, in units of 2^-15.
    let tangent = 13_573
    func isMaximum(_ y: Int, _ x: Int) -> Bool {
      let (horizontal, vertical) = (dx[y * width + x], dy[y * width + x])
      let own = magnitude(y, x)
      let rise = abs(vertical) << 15
      let shallow = abs(horizontal) * tangent
      if rise < shallow { return own > magnitude(y, x - 1) && own >= magnitude(y, x + 1) }
      if rise > shallow + abs(horizontal) << 16 {
        return own > magnitude(y - 1, x) && own >= magnitude(y + 1, x)
      }
      let side = (horizontal ^ vertical) < 0 ? -1 : 1
      return own > magnitude(y - 1, x - side) && own > magnitude(y + 1, x + side)
    }

    var isCandidate = [Bool](repeating: false, count: levels.count)
    var isEdge = isCandidate
    var open: [Int] = []
    for y in 0..<height {
      for x in 0..<width where magnitude(y, x) > low && isMaximum(y, x) {
        isCandidate[y * width + x] = true
        guard magnitude(y, x) > high else { continue }
        isEdge[y * width + x] = true
        open.append(y * width + x)
      }
    }
    while let place = open.popLast() {
      let (y, x) = (place / width, place % width)
      for row in max(y - 1, 0)...min(y + 1, height - 1) {
        for column in max(x - 1, 0)...min(x + 1, width - 1) {
          let neighbour = row * width + column
          guard isCandidate[neighbour], !isEdge[neighbour] else { continue }
          isEdge[neighbour] = true
          open.append(neighbour)
        }
      }
    }
    return isEdge
  }
}
