extension PixelImage {
  /// The picture as a PNG file.
  ///
  /// The pixels are stored, not compressed: at 28 by 28 there is little to gain, and no library is
  /// needed.
  public var png: [UInt8] {
    let header =
      UInt32(width).bigEndianBytes + UInt32(height).bigEndianBytes
      + [8, isColor ? 2 : 0, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + PNGChunk.bytes(type: "IHDR", header)
      + PNGChunk.bytes(type: "IDAT", ZlibStream.stored(scanlines))
      + PNGChunk.bytes(type: "IEND", [])
  }

  /// The rows, each after the byte that says that it is not filtered.
  private var scanlines: [UInt8] {
    let stride = pixels.count / height
    return (0..<height).flatMap { [0] + pixels[$0 * stride..<($0 + 1) * stride] }
  }
}

/// A part of a PNG file: length, type, content and the checksum of the last two.
package enum PNGChunk {
  package static func bytes(type: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(type.utf8) + content
    return UInt32(content.count).bigEndianBytes + checked + checksum(of: checked).bigEndianBytes
  }

  /// The checksum of Ethernet, gzip and PNG.
  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { remainder, byte in
      table[Int((remainder ^ UInt32(byte)) & 0xFF)] ^ (remainder >> 8)
    }
  }

  private static let table = byteTable(reflectedPolynomial: 0xEDB8_8320)
}

/// A zlib stream whose blocks are stored as they are.
package enum ZlibStream {
  package static func stored(_ content: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 0xFFFF, content.count)
      let length = UInt16(end - start)
      stream.append(end == content.count ? 1 : 0)
      stream += length.littleEndianBytes + (~length).littleEndianBytes + content[start..<end]
      start = end
    } while start < content.count
    return stream + adler32(of: content).bigEndianBytes
  }

  package static func adler32(of bytes: some Sequence<UInt8>) -> UInt32 {
    let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let low = (sums.0 + UInt32(byte)) % 65521
      return (low, (sums.1 + low) % 65521)
    }
    return high << 16 | low
  }
}
