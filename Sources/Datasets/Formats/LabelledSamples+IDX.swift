import Failures

extension LabelledSamples {
  /// Joins grey images `[count, height, width]` and labels `[count]` of two IDX files.
  ///
  /// - Parameters:
  ///   - images: Pixels, each at most `divisor`.
  ///   - labels: The class of each image.
  ///   - divisor: The byte that means a pixel of 1.
  ///   - classNames: The name of each class.
  ///   - location: The files that an error names.
  /// - Throws: `Failure` of kind `malformed` if a pixel is above the divisor, the counts
  ///   differ or a label is no class.
  init(
    images: IDXArray, labels: IDXArray, divisor: Int, classNames: [String], location: String
  ) throws(Failure) {
    if divisor < 255, let index = images.elements.firstIndex(where: { $0 > divisor }) {
      throw Failure(
        .malformed, at: location, expected: "pixels from 0 to \(divisor)",
        found: "\(images.elements[index]) at element \(index)",
        remedy: "The file belongs to another data set or is damaged; fetch it again.")
    }
    try self.init(
      samples: Samples(
        bytes: images.elements, divisor: divisor, shape: [1, images.sizes[1], images.sizes[2]]),
      labels: labels.elements.map(Int.init), classNames: classNames, location: location)
  }
}
