import CImages
import Files

/// A format of pictures that can be read.
///
/// Images are read as PyTorch users get them from torchvision's `ImageFolder`, by Pillow's
/// `convert("RGB")`: in three channels, grey as three equal ones; an alpha channel is dropped, not composed
/// over a background, so that the colours of transparent pixels count; the orientation that a camera notes
/// in EXIF is not followed. Other than there, 16 bits are kept where the numbers are asked for as shares.
///
/// A new format is one file with such a type and one line in `ImageFormats`.
public protocol ImageFormat: Sendable {
  /// The name in messages.
  var name: String { get }
  /// What its files are by their first bytes, whatever they are called.
  var kind: FileKind { get }
  /// Endings of names, in lower case, of files that are looked into.
  var endings: [String] { get }

  /// Bits of a level, without a look at more than the beginning of the file.
  func depth(of file: UnsafeBufferPointer<UInt8>) -> Int

  /// The width, height and number of channels that a file says it has.
  ///
  /// - Throws: `ImageFault` where the file does not begin as one that can be read, or has more than 100
  ///   million pixels.
  func layout(of file: UnsafeBufferPointer<UInt8>) throws(ImageFault) -> ImageLayout

  /// Decodes a file of a known size straight into its place: the plane of red, then of green, then of
  /// blue, rows from the top. Of 16 bits the upper 8 are taken.
  ///
  /// - Parameters:
  ///   - file: The whole file.
  ///   - planes: Room for 3 x `height` x `width` levels, whose content is undefined after an error.
  /// - Throws: `ImageFault` where the file cannot be read to its end, or the image has another size.
  func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault)

  /// The same as numbers in [0, 1], shares of the highest level: 255, or 65,535 of 16 bits.
  ///
  /// - Throws: `ImageFault` if the file is damaged or has another size.
  func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<Float>
  ) throws(ImageFault)
}

/// The width, height and number of channels of an image: 1 grey, 3 in colour; alpha is not counted.
public struct ImageLayout: Sendable, Hashable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int

  public init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    self.channels = channels
  }

  init(_ layout: CILayout) {
    self.init(
      width: Int(layout.width), height: Int(layout.height), channels: Int(layout.channels))
  }
}

extension ImageFormat {
  /// Eight.
  public func depth(of file: UnsafeBufferPointer<UInt8>) -> Int { 8 }

  /// The width, height and number of channels that a file says it has.
  public func layout(of file: [UInt8]) throws(ImageFault) -> ImageLayout {
    try file.withUnsafeBufferPointer { (file) throws(ImageFault) in try layout(of: file) }
  }

  /// Levels of 8 bits, `[3, height, width]`.
  ///
  /// - Throws: `ImageFault` if the file is damaged or has another size.
  public func levels(
    of file: [UInt8], width: Int, height: Int
  ) throws(ImageFault) -> [UInt8] {
    var planes = [UInt8](repeating: 0, count: 3 * width * height)
    try file.withUnsafeBufferPointer { (file) throws(ImageFault) in
      try planes.withUnsafeMutableBufferPointer { (planes) throws(ImageFault) in
        try decode(file, width: width, height: height, into: planes)
      }
    }
    return planes
  }

  /// Decodes levels of 8 bits and divides them.
  public func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<Float>
  ) throws(ImageFault) {
    let levels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: planes.count)
    defer { levels.deallocate() }
    try decode(file, width: width, height: height, into: levels)
    ci_shares(levels.baseAddress, levels.count, planes.baseAddress)
  }
}
