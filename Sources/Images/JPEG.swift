import CImages
import Files

/// JPEG by libjpeg: baseline or progressive, grey or in three components; CMYK is refused. Damage that
/// leaves a whole picture is tolerated, as other readers tolerate it.
public struct JPEG: ImageFormat {
  public init() {}

  public var name: String { "JPEG" }
  public var kind: FileKind { .jpeg }
  public var endings: [String] { ["jpg", "jpeg", "jpe", "jfif"] }

  public func layout(of file: UnsafeBufferPointer<UInt8>) throws(ImageFault) -> ImageLayout {
    var layout = CILayout()
    try ImageFault.throwing { cj_read_layout(file.baseAddress, file.count, &layout, $0) }
    return ImageLayout(layout)
  }

  public func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    let layout = CILayout(width: Int32(width), height: Int32(height), channels: 3)
    try ImageFault.throwing {
      cj_decode_planes(file.baseAddress, file.count, layout, planes.baseAddress, $0)
    }
  }
}
