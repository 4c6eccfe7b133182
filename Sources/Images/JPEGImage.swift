import CImages

/// An image of 8-bit levels, grey or in colour, that JPEG files are read to and written from.
///
/// libjpeg does the work, with its defaults, which are also Pillow's: the accurate integer cosine
/// transform and smooth upsampling of the chroma.
public struct JPEGImage: Sendable, Hashable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// Rows from the top, pixels from the left, the channels of a pixel together.
  public let pixels: [UInt8]

  /// The most pixels of a side.
  public static let longestSide = 65_500

  /// - Precondition: 1 or 3 channels, sides of 1 to `longestSide` pixels, and as many levels as they make.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "JPEGImage: \(channels) channels")
    precondition(
      (1...Self.longestSide).contains(width) && (1...Self.longestSide).contains(height),
      "JPEGImage: \(width) x \(height) pixels")
    precondition(
      pixels.count == width * height * channels,
      "JPEGImage: \(pixels.count) levels for \(width) x \(height) x \(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes a file: baseline or progressive, grey or in three components.
  ///
  /// Damage that leaves a whole picture is tolerated, as other readers tolerate it.
  ///
  /// - Throws: `ImageFault` where the file is no JPEG file, ends early, has another number of
  ///   components (CMYK) or more than 100 million pixels.
  public init(decoding file: [UInt8]) throws(ImageFault) {
    var layout = CILayout()
    try ImageFault.throwing { cj_read_layout(file, file.count, &layout, $0) }
    var pixels = [UInt8](
      repeating: 0, count: Int(layout.width) * Int(layout.height) * Int(layout.channels))
    try ImageFault.throwing { cj_decode(file, file.count, &pixels, $0) }
    width = Int(layout.width)
    height = Int(layout.height)
    channels = Int(layout.channels)
    self.pixels = pixels
  }

  /// The image as a baseline file: chroma at half the resolution both ways (4:2:0).
  ///
  /// - Parameter quality: from 1 to 100.
  public func encoded(quality: Int) -> [UInt8] {
    precondition((1...100).contains(quality), "JPEGImage: quality \(quality)")
    let layout = CILayout(width: Int32(width), height: Int32(height), channels: Int32(channels))
    var size = cj_encoded_bound(layout)
    var file = [UInt8](repeating: 0, count: size)
    do {
      try ImageFault.throwing { cj_encode(pixels, layout, Int32(quality), &file, &size, $0) }
    } catch {
      fatalError("JPEGImage: \(error)")
    }
    return Array(file[..<size])
  }
}
