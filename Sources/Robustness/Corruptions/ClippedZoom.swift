/// An enlarged view of an image's middle, of the image's own size.
///
/// The `clipped_zoom` of the published scripts: the middle ⌈H / f⌉ x ⌈W / f⌉ pixels are enlarged
/// by scipy.ndimage's `zoom` of order 1 to f times their number, rounded, and what is too much is
/// cut off evenly. Place i of n' stands for (n - 1) / (n' - 1) i of the n pixels enlarged. The
/// scripts know square images only; here height and width are treated alike.
struct ClippedZoom {
  /// How often a pixel's side goes into its image, at least 1.
  let factor: Double

  func applied(to image: ImagePlanes) -> ImagePlanes {
    let rows = places(along: image.height)
    let columns = places(along: image.width)
    return image.mapPlanes { plane, result in
      for (y, row) in rows.enumerated() {
        let upper = row.pixel * image.width
        let lower = row.next * image.width
        for (x, column) in columns.enumerated() {
          let above =
            plane[upper + column.pixel] * column.weight + plane[upper + column.next]
            * column.nextWeight
          let below =
            plane[lower + column.pixel] * column.weight + plane[lower + column.next]
            * column.nextWeight
          result[y * image.width + x] = above * row.weight + below * row.nextWeight
        }
      }
    }
  }

  /// Between which pixels a pixel of the view lies, and with what weights.
  private struct Place {
    let pixel: Int
    let next: Int
    let weight: Double
    let nextWeight: Double
  }

  private func places(along count: Int) -> [Place] {
    let cropped = Int((Double(count) / factor).rounded(.up))
    let start = (count - cropped) / 2
    let enlarged = Int((Double(cropped) * factor).rounded(.toNearestOrEven))
    let trimmed = (enlarged - count) / 2
    let step = enlarged > 1 ? Double(cropped - 1) / Double(enlarged - 1) : 1
    return (0..<count).map { index in
      // Rounding can put the last place beyond the last pixel, where scipy sees black. It does so
      // at none of the published sizes, and nobody means it.
      let place = min(Double(index + trimmed) * step, Double(cropped - 1))
      let pixel = Int(place)
      return Place(
        pixel: start + pixel, next: start + min(pixel + 1, cropped - 1),
        weight: 1 - (place - Double(pixel)), nextWeight: place - Double(pixel))
    }
  }
}
