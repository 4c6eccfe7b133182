/// An affine map of the plane, (x, y) -> (a x + b y + c, d x + e y + f), and images under it.
struct AffineWarp {
  let a, b, c, d, e, f: Double

  /// The map that takes the corners (x + s, y + s), (x + s, y - s), (x - s, y - s) of a square to
  /// those corners moved by `displacements`, which are three pairs.
  init(centre: (x: Double, y: Double), halfSide: Double, displacements: [Float]) {
    let corners = [(halfSide, halfSide), (halfSide, -halfSide), (-halfSide, -halfSide)]
    // The published scripts hold the corners in float32.
    let moved = corners.enumerated().map { index, corner in
      (
        x: Double(Float(centre.x + corner.0) + displacements[2 * index]),
        y: Double(Float(centre.y + corner.1) + displacements[2 * index + 1])
      )
    }
    a = (moved[1].x - moved[2].x) / (2 * halfSide)
    d = (moved[1].y - moved[2].y) / (2 * halfSide)
    b = (moved[0].x - moved[1].x) / (2 * halfSide)
    e = (moved[0].y - moved[1].y) / (2 * halfSide)
    c = moved[1].x - a * (centre.x + halfSide) - b * (centre.y - halfSide)
    f = moved[1].y - d * (centre.x + halfSide) - e * (centre.y - halfSide)
  }

  /// The image moved by the map and mirrored beyond its border, by OpenCV's `warpAffine` before its
  /// version 4.11: a pixel takes its value from where the inverse map leads, to the nearest 1/32 of
  /// a pixel, with bilinear weights in float32.
  func applied(to image: ImagePlanes) -> ImagePlanes {
    let determinant = a * e - b * d
    let scale = determinant == 0 ? 0 : 1 / determinant
    let (xx, xy, yx, yy) = (e * scale, -b * scale, -d * scale, a * scale)
    let x0 = -xx * c - xy * f
    let y0 = -yx * c - yy * f

    /// In units of 2^-10, rounded as OpenCV rounds, and confined to what an image can need.
    func fixed(_ value: Double) -> Int {
      Int(min(max(value * 1024, -1e9), 1e9).rounded(.toNearestOrEven))
    }
    let border = ImageBorder.mirror
    return image.mapPlanes { plane, result in
      for y in 0..<image.height {
        let rowX = fixed(xy * Double(y) + x0) + 16
        let rowY = fixed(yy * Double(y) + y0) + 16
        for x in 0..<image.width {
          let sourceX = (rowX + fixed(xx * Double(x))) >> 5
          let sourceY = (rowY + fixed(yx * Double(x))) >> 5
          let left = border.pixel(sourceX >> 5, of: image.width)
          let right = border.pixel((sourceX >> 5) + 1, of: image.width)
          let above = border.pixel(sourceY >> 5, of: image.height) * image.width
          let below = border.pixel((sourceY >> 5) + 1, of: image.height) * image.width
          let u = Float(sourceX & 31) / 32
          let v = Float(sourceY & 31) / 32
          result[y * image.width + x] = Double(
            Float(plane[above + left]) * ((1 - v) * (1 - u))
              + Float(plane[above + right]) * ((1 - v) * u)
              + Float(plane[below + left]) * (v * (1 - u))
              + Float(plane[below + right]) * (v * u))
        }
      }
    }
  }
}
