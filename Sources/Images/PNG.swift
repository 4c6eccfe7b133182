import CImages
import Files

/// PNG by libpng, in all forms: grey, palettes and colours, of 1 to 16 bits, interlaced or not. Gamma and
/// colour profiles are left out of account.
public struct PNG: ImageFormat {
  public init() {}

  public var name: String { "PNG" }
  public var kind: FileKind { .png }
  public var endings: [String] { ["png"] }

  /// In the header, which is the first chunk, behind the signature, its size, its type and the two sides.
  public func depth(of file: UnsafeBufferPointer<UInt8>) -> Int {
    file.count > 24 ? Int(file[24]) : 8
  }

  public func layout(of file: UnsafeBufferPointer<UInt8>) throws(ImageFault) -> ImageLayout {
    var layout = CILayout()
    try ImageFault.throwing { cp_read_layout(file.baseAddress, file.count, &layout, $0) }
    return ImageLayout(layout)
  }

  public func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    try ImageFault.throwing {
      cp_decode_planes(
        file.baseAddress, file.count, Int32(width), Int32(height), planes.baseAddress, nil, $0)
    }
  }

  public func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<Float>
  ) throws(ImageFault) {
    try ImageFault.throwing {
      cp_decode_planes(
        file.baseAddress, file.count, Int32(width), Int32(height), nil, planes.baseAddress, $0)
    }
  }

  /// A file of levels of 8 bits: rows from the top, pixels from the left, the channels of a pixel together.
  ///
  /// - Precondition: 1 channel or 3, and as many levels as they make.
  public static func encoded(_ pixels: [UInt8], layout: ImageLayout) -> [UInt8] {
    precondition(
      [1, 3].contains(layout.channels)
        && pixels.count == layout.width * layout.height * layout.channels,
      "PNG: \(pixels.count) levels for \(layout)")
    let form = CILayout(
      width: Int32(layout.width), height: Int32(layout.height), channels: Int32(layout.channels))
    var size = cp_encoded_bound(form)
    var file = [UInt8](repeating: 0, count: size)
    do {
      try ImageFault.throwing { cp_encode(pixels, form, &file, &size, $0) }
    } catch {
      fatalError("PNG: \(error)")
    }
    return Array(file[..<size])
  }
}
