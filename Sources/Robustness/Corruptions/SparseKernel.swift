/// A filter kernel by its taps: x'(p) = Σ w x(p + offset).
struct SparseKernel {
  struct Tap: Equatable {
    /// To the right.
    let dx: Int
    /// Downwards.
    let dy: Int
    let weight: Double
  }

  let taps: [Tap]
  let border: ImageBorder

  func applied(to image: ImagePlanes) -> ImagePlanes {
    let reach = taps.reduce(0) { max($0, abs($1.dx), abs($1.dy)) }
    let columns = (-reach..<image.width + reach).map { border.pixel($0, of: image.width) }
    let rows = (-reach..<image.height + reach).map { border.pixel($0, of: image.height) }
    var padded = [Double](repeating: 0, count: rows.count * columns.count)
    return image.mapPlanes { plane, result in
      padded.withUnsafeMutableBufferPointer { padded in
        for (y, row) in rows.enumerated() {
          for (x, column) in columns.enumerated() {
            padded[y * columns.count + x] = plane[row * image.width + column]
          }
        }
        for y in 0..<image.height {
          let row = y * image.width
          for tap in taps {
            let source = (y + reach + tap.dy) * columns.count + reach + tap.dx
            for x in 0..<image.width { result[row + x] += tap.weight * padded[source + x] }
          }
        }
      }
    }
  }
}
