/// A random map of clouds: a square of values between 0 and 1 by the diamond-square algorithm
/// (Fournier, Fussell and Carpenter 1982), periodic both ways.
///
/// As in the published scripts, a new point is the mean of its four neighbours and w times a draw
/// from U(-w, w), where w is 100 at first and is divided by `decay` whenever the mesh is halved.
struct PlasmaFractal {
  /// A power of two.
  let size: Int
  /// Row after row.
  let values: [Double]

  /// How many draws a map takes.
  static func drawCount(size: Int) -> Int { size * size - 1 }

  /// The smallest size that covers an image, at least 2.
  static func size(covering height: Int, _ width: Int) -> Int {
    var size = 2
    while size < max(height, width) { size *= 2 }
    return size
  }

  /// - Parameter draws: uniform on [0, 1), for each mesh the centres of squares, then the middles
  ///   of horizontal and then of vertical sides, row after row.
  init(size: Int, decay: Double, draws: [Double]) {
    precondition(size > 1 && size & (size - 1) == 0, "a map of size \(size)")
    precondition(draws.count == Self.drawCount(size: size), "\(draws.count) draws")
    self.size = size
    var map = [Double](repeating: 0, count: size * size)
    var draws = draws[...]
    var step = size
    var wobble = 100.0

    func value(_ y: Int, _ x: Int) -> Double { map[(y & (size - 1)) * size + (x & (size - 1))] }
    func point(of sum: Double) -> Double {
      sum / 4 + wobble * (-wobble + 2 * wobble * draws.removeFirst())
    }
    func fill(rowsFrom firstRow: Int, columnsFrom firstColumn: Int, sum: (Int, Int) -> Double) {
      for y in stride(from: firstRow, to: size, by: step) {
        for x in stride(from: firstColumn, to: size, by: step) {
          map[y * size + x] = point(of: sum(y, x))
        }
      }
    }

    while step >= 2 {
      let half = step / 2
      fill(rowsFrom: half, columnsFrom: half) { y, x in
        value(y - half, x - half) + value(y + half, x - half)
          + (value(y - half, x + half) + value(y + half, x + half))
      }
      func sumOfFour(_ y: Int, _ x: Int) -> Double {
        value(y - half, x) + value(y + half, x) + (value(y, x - half) + value(y, x + half))
      }
      fill(rowsFrom: 0, columnsFrom: half, sum: sumOfFour)
      fill(rowsFrom: half, columnsFrom: 0, sum: sumOfFour)
      step = half
      wobble /= decay
    }
    let lowest = map.min()!
    let range = map.max()! - lowest
    values = map.map { range > 0 ? ($0 - lowest) / range : 0 }
  }
}
