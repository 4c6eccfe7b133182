/// The frame that TensorFlow puts around each record of a file.
package enum TFRecord {
  /// `payload` with its length before it, each followed by its masked checksum.
  package static func frame(_ payload: [UInt8]) -> [UInt8] {
    let length = UInt64(payload.count).littleEndianBytes
    return length
      + CRC32C.maskedChecksum(of: length).littleEndianBytes
      + payload
      + CRC32C.maskedChecksum(of: payload).littleEndianBytes
  }
}

extension FixedWidthInteger {
  /// The bytes of the integer, least significant first.
  package var littleEndianBytes: [UInt8] {
    withUnsafeBytes(of: littleEndian) { Array($0) }
  }
}

/// The Castagnoli cyclic redundancy check, as TFRecord frames and others use it.
package enum CRC32C {
  /// The checksum of `bytes`.
  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { remainder, byte in
      table[Int((remainder ^ UInt32(byte)) & 0xFF)] ^ (remainder >> 8)
    }
  }

  /// The checksum as TFRecord stores it: rotated and shifted, so that a checksum of data that hold
  /// checksums stays strong.
  package static func maskedChecksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(of: bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  /// The remainder of every byte by the reflected polynomial: what makes the check take one step a byte
  /// instead of eight.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 1 ? 0x82F6_3B78 ^ (remainder >> 1) : remainder >> 1
    }
  }
}
