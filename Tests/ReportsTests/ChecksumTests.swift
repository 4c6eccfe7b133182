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

  @Test("PNG checksums: CRC-32 and Adler-32 of known texts")
  func pngChecksums() {
    #expect(PNGChunk.checksum(of: "123456789".utf8) == 0xCBF4_3926)
    let end: [UInt8] = [0, 0, 0, 0, 73, 69, 78, 68, 0xAE, 0x42, 0x60, 0x82]
    #expect(PNGChunk.bytes(type: "IEND", []) == end)
    #expect(ZlibStream.adler32(of: "Wikipedia".utf8) == 0x11E6_0398)
  }

  @Test("A grey picture of two pixels, byte for byte")
  func png() {
    let png = PixelImage(width: 2, height: 1, pixels: [0, 255]).png
    let header: [UInt8] = [0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]
    #expect(Array(png.prefix(12)) == header)
    #expect(Array(png[16..<29]) == [0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])
    // zlib header, one stored block of 3 bytes (filter, two pixels), Adler-32.
    #expect(
      Array(png[41..<55]) == [0x78, 1, 1, 3, 0, 0xFC, 0xFF, 0, 0, 255, 0x01, 0x02, 0x01, 0x00])
  }

  @Test("A long stream is cut into blocks of at most 65535 bytes")
  func longStream() {
    let stream = ZlibStream.stored(Array(repeating: 7, count: 70_000))
    #expect(stream.count == 2 + 5 + 65_535 + 5 + 4_465 + 4)
    #expect(Array(stream[2..<7]) == [0, 0xFF, 0xFF, 0, 0])
    #expect(stream[2 + 5 + 65_535] == 1)
  }
}
