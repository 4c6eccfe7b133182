/// One channel of an image in whole numbers, for what is defined on 8-bit levels.
struct LevelPlane {
  let height: Int
  let width: Int
  /// Row after row; from 0 to 255, but for intermediate results.
  var levels: [Int]

  init(height: Int, width: Int, levels: [Int]) {
    precondition(
      levels.count == height * width, "\(levels.count) levels do not fill \(height) x \(width)")
    self.height = height
    self.width = width
    self.levels = levels
  }

  /// Σ w_ij of the 3 x 3 pixels around each, rows of `kernel` from the top, in whole numbers.
  func correlated(with kernel: [Int], border: ImageBorder = .mirror) -> [Int] {
    var result = [Int](repeating: 0, count: levels.count)
    let columns = (-1...width).map { border.pixel($0, of: width) }
    for y in 0..<height {
      for dy in -1...1 {
        let row = border.pixel(y + dy, of: height) * width
        for dx in -1...1 {
          let weight = kernel[3 * (dy + 1) + dx + 1]
          if weight == 0 { continue }
          for x in 0..<width {
            result[y * width + x] += weight * levels[row + columns[x + 1 + dx]]
          }
        }
      }
    }
    return result
  }

  /// The sums of the 3 x 3 pixels around each, mirrored at the border.
  var sumsOfNine: [Int] { correlated(with: Array(repeating: 1, count: 9)) }

  /// With the histogram made as even as may be: levels in order of brightness, the darkest at 0 and
  /// the brightest at 255 (OpenCV's `equalizeHist`, in float32). A plane of one level stays.
  var equalized: LevelPlane {
    var counts = [Int](repeating: 0, count: 256)
    for level in levels { counts[level] += 1 }
    guard let darkest = counts.firstIndex(where: { $0 > 0 }), counts[darkest] < levels.count
    else { return self }
    let scale = Float(255) / Float(levels.count - counts[darkest])
    var sum = 0
    var targets = [Int](repeating: 0, count: 256)
    for level in darkest + 1..<256 {
      sum += counts[level]
      targets[level] = Int((Float(sum) * scale).rounded(.toNearestOrEven))
    }
    return LevelPlane(height: height, width: width, levels: levels.map { targets[$0] })
  }
}
