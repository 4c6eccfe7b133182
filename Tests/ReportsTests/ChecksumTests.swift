import Reports
import Testing

@Suite("Checksums and encodings, byte for byte")
struct ChecksumTests {
  @Test(
    "CRC-32C of RFC 3720",
    arguments: [
      (Array("123456789".utf8), UInt32(0xE306_9283)),
      (Array(repeating: 0x00, count: 32), 0x8A91_36AA),
      (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func crc32c(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(of: bytes) == checksum)
  }

  @Test("A TFRecord frame, as TensorFlow writes it for the first event of a file")
  func frame() {
    let event = TensorBoardEvent(wallTime: 1, step: 0, content: .fileVersion).encoded
    #expect(event == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x1A, 13] + Array("brain.Event:2".utf8))
    let frame = TFRecord.frame(event)
    #expect(Array(frame.prefix(8)) == [24, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(frame[8..<12]) == [0xA3, 0x7F, 0x4B, 0x22])
    #expect(Array(frame[12..<36]) == event)
    #expect(frame.count == 8 + 4 + 24 + 4)
  }

  @Test("Protocol buffer fields")
  func protobuf() {
    var message = ProtobufMessage()
    message.append(Int64(300), field: 1)
    message.append(Float(1), field: 2)
    message.append("ab", field: 3)
    message.append(Int64(-1), field: 16)
    #expect(
      message.bytes
        == [0x08, 0xAC, 0x02, 0x15, 0, 0, 0x80, 0x3F, 0x1A, 2, 0x61, 0x62, 0x80, 0x01]
        + Array(repeating: 0xFF, count: 9) + [0x01])
  }
}
