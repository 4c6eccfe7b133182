extension LevelPlane {
  /// Resized with the box filter as Pillow does: rows first, each pass rounded to whole levels, with
  /// weights of 22 fractional bits. A new pixel averages the pixels whose centres it covers; one
  /// that covers none takes the pixel at its centre.
  func boxResized(height newHeight: Int, width newWidth: Int) -> LevelPlane {
    let narrowed = width == newWidth ? self : resizedRows(to: newWidth)
    return height == newHeight
      ? narrowed : narrowed.transposed.resizedRows(to: newHeight).transposed
  }

  private var transposed: LevelPlane {
    LevelPlane(
      height: width, width: height,
      levels: (0..<width).flatMap { x in (0..<height).map { levels[$0 * width + x] } })
  }

  private func resizedRows(to newWidth: Int) -> LevelPlane {
    let boxes = Self.boxes(from: width, to: newWidth)
    var result: [Int] = []
    result.reserveCapacity(height * newWidth)
    for row in stride(from: 0, to: levels.count, by: width) {
      for box in boxes {
        var sum = 1 << 21
        for (offset, weight) in box.weights.enumerated() {
          sum += levels[row + box.start + offset] * weight
        }
        result.append(min(max(sum >> 22, 0), 255))
      }
    }
    return LevelPlane(height: height, width: newWidth, levels: result)
  }

  /// For each new pixel the first old one that it sees, and weights in units of 2^-22.
  private static func boxes(from count: Int, to newCount: Int) -> [(start: Int, weights: [Int])] {
    let scale = Double(count) / Double(newCount)
    let filterScale = max(scale, 1)
    let support = 0.5 * filterScale
    return (0..<newCount).map { index in
      let centre = (Double(index) + 0.5) * scale
      let start = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), count)
      let weights = (start..<end).map { pixel in
        let place = (Double(pixel) - centre + 0.5) / filterScale
        return place > -0.5 && place <= 0.5 ? 1.0 : 0
      }
      let sum = weights.reduce(0, +)
      return (start, weights.map { Int(0.5 + (sum == 0 ? $0 : $0 / sum) * Double(1 << 22)) })
    }
  }
}
