import Foundation

/// A small picture of eight-bit grey or colour pixels, row by row from the top.
public struct PixelImage: Equatable, Sendable {
  public let width: Int
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

  var isColor: Bool { pixels.count == 3 * width * height }

  /// The picture as an address that carries its own content.
  var dataURI: String {
    "data:image/png;base64,\(Data(png).base64EncodedString())"
  }
}
