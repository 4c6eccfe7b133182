import Foundation
import Images

/// A small picture of eight-bit grey or colour pixels, row by row from the top.
public struct PixelImage: Equatable, Sendable {
  /// Pixels in a row.
  public let width: Int
  /// Rows of pixels.
  public let height: Int

  /// One byte a pixel if grey, three (red, green, blue) if in colour.
  public let pixels: [UInt8]

  /// Creates a picture; it is grey or in colour by the number of its bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0
        && (pixels.count == width * height || pixels.count == 3 * width * height),
      "\(pixels.count) bytes for \(width) by \(height) pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture as an address that carries its own content.
  var dataURI: String {
    let channels = pixels.count / (width * height)
    let file = PNG.encoded(
      pixels, layout: ImageLayout(width: width, height: height, channels: channels))
    return "data:image/png;base64,\(Data(file).base64EncodedString())"
  }
}
