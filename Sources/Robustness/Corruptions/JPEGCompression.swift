import Images
import Tensors

/// What a JPEG file of low quality leaves of an image.
///
/// Qualities by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `jpeg_compression`,
/// which is Pillow's encoder and decoder with their defaults: a baseline file, chroma at half the
/// resolution. Images of one channel are encoded as grey, those of any number but 3 channel by
/// channel.
public struct JPEGCompression: Corruption {
  public let name = "jpeg-compression"
  public let severity: Severity

  private static let qualities = SeverityTable(
    cifar: [80, 65, 58, 50, 40],
    tinyImageNet: [65, 58, 50, 40, 25],
    imageNet: [25, 18, 15, 10, 7])

  public init(severity: Severity) { self.severity = severity }

  /// Draws nothing.
  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let quality = Self.qualities.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let levels = planes.levels
    let channelsOfFile = planes.channels == 3 ? 3 : 1
    var result = levels
    for first in stride(from: 0, to: planes.channels, by: channelsOfFile) {
      // A file has the channels of a pixel side by side.
      let places = (0..<planes.area).flatMap { pixel in
        (first..<first + channelsOfFile).map { $0 * planes.area + pixel }
      }
      let file = JPEGImage(
        width: planes.width, height: planes.height, channels: channelsOfFile,
        pixels: places.map { UInt8(levels[$0]) }
      ).encoded(quality: quality)
      guard let decoded = try? JPEGImage(decoding: file) else {
        fatalError("JPEGCompression: libjpeg does not read what it wrote")
      }
      for (place, level) in zip(places, decoded.pixels) { result[place] = Int(level) }
    }
    return ImagePlanes(
      channels: planes.channels, height: planes.height, width: planes.width, levels: result
    ).tensor
  }
}
