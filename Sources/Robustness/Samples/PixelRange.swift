import Tensors

/// The check that every image passes on its way in: pixels are numbers in [0, 1].
///
/// Images that were scaled, cast or resampled elsewhere may lie beyond an end by the rounding of
/// float32 at 1, 2⁻²³; they are put onto the end. Anything further out is another scale of numbers,
/// which no classifier here is meant for.
package struct PixelRange {
  /// How far beyond [0, 1] a pixel may lie.
  package static let tolerance = 0x1p-23

  /// The images, with each pixel that rounding has put beyond an end on it.
  package let images: Tensor
  /// The first image with a pixel out of range; nil where there is none.
  package let fault: Fault?

  /// An image that is refused.
  package struct Fault: Sendable {
    /// Its position among the images.
    package let position: Int
    /// Its first pixel that is not a number in [0, 1].
    package let pixel: Double
    /// How many images more have such pixels.
    package let others: Int
    /// What the user can do about it, as a sentence.
    package let remedy: String
  }

  /// - Parameter images: [N, ...] of floating-point numbers.
  package init(_ images: Tensor) {
    guard images.count > 0, !Self.rows(of: (images .>= 0) .& (images .<= 1)).isEmpty else {
      self.images = images
      fault = nil
      return
    }
    let isNear = (images .>= -Self.tolerance) .& (images .<= 1 + Self.tolerance)
    self.images = Tensor.select(isNear, images.clamped(to: 0...1), images)
    let odd = Self.rows(of: isNear)
    fault = odd.first.map { position in
      let pixels = images[position].doubles
      let isAllowed = -Self.tolerance...1 + Self.tolerance
      return Fault(
        position: position, pixel: pixels.first { !isAllowed.contains($0) }!,
        others: odd.count - 1, remedy: Self.remedy(for: pixels))
    }
  }

  /// The images some of whose pixels are not in a mask, by position. A comparison with a NaN is
  /// false, so such pixels never are.
  private static func rows(of mask: Tensor) -> [Int] {
    mask.samplesFlattened.all(along: 1).flags.indices(of: false)
  }

  /// What the numbers of a refused image look like.
  private static func remedy(for pixels: [Double]) -> String {
    if pixels.contains(where: { !$0.isFinite }) {
      return "Look at where the images come from: some of their pixels are no numbers."
    }
    if pixels.contains(where: { $0 < -tolerance }) {
      return "They look normalised: give pixels as they were before, for Basin's models normalise "
        + "inside."
    }
    return pixels.contains { $0 >= 2 }
      ? "Divide 8-bit images by 255, and leave normalisation to the model."
      : "Bring pixels into [0, 1], and leave normalisation to the model."
  }
}

extension [Bool] {
  /// The positions of a value.
  func indices(of value: Bool) -> [Int] { indices.filter { self[$0] == value } }
}
