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
