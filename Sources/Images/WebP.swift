import CImages
import Files

/// WebP by libwebp, lossy and lossless; animations are refused.
public struct WebP: ImageFormat {
  public init() {}

  public var name: String { "WebP" }
  public var kind: FileKind { .webP }
  public var endings: [String] { ["webp"] }

  public func layout(of file: UnsafeBufferPointer<UInt8>) throws(ImageFault) -> ImageLayout {
    var layout = CILayout()
    try ImageFault.throwing { cw_read_layout(file.baseAddress, file.count, &layout, $0) }
    return ImageLayout(layout)
  }

  public func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    try ImageFault.throwing {
      cw_decode_planes(
        file.baseAddress, file.count, Int32(width), Int32(height), planes.baseAddress, $0)
    }
  }
}
