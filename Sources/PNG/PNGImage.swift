import CPNG

/// Images in PNG files, read in three channels of 8 bits.
///
/// All forms of the format are read: grey, palettes and colours, of 1 to 16 bits, interlaced or not.
/// As in Pillow's `convert("RGB")`, an alpha channel is dropped, not composed over a background: the
/// colours of transparent pixels count. Of 16 bits the upper 8 are taken; gamma and colour profiles
/// are left out of account.
public enum PNGImage {
  /// The width, height and number of channels (1 grey, 3 in colour) that a file says it has.
  ///
  /// - Throws: `PNGError` where the file does not begin as a PNG file that can be read, or claims more
  ///   than 100 million pixels or than its bytes can hold.
  public static func layout(
    of file: [UInt8]
  ) throws(PNGError) -> (width: Int, height: Int, channels: Int) {
    var layout = CPLayout()
    try PNGError.throwing { cp_read_layout(file, file.count, &layout, $0) }
    return (Int(layout.width), Int(layout.height), Int(layout.channels))
  }

  /// Decodes a file of a known size straight into its place: the plane of red, then of green, then of
  /// blue, rows from the top. Grey files have three equal planes.
  ///
  /// - Parameters:
  ///   - file: The whole file.
  ///   - planes: Room for 3 x `height` x `width` levels, whose content is undefined after an error.
  /// - Throws: `PNGError` where the file is no PNG file, is damaged, or has another size.
  public static func decode(
    _ file: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(PNGError) {
    precondition(
      planes.count == 3 * width * height,
      "PNGImage: room for \(planes.count) levels of 3 x \(height) x \(width)")
    try PNGError.throwing {
      cp_decode_planes(
        file.baseAddress, file.count, Int32(width), Int32(height), planes.baseAddress, $0)
    }
  }
}
