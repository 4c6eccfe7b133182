import Failures
import Foundation
import Reports
import Testing

@Suite("TensorBoard events")
struct EventWriterTests {
  /// The payloads of a file of TFRecords, each checked against its checksums.
  private func records(of url: URL) throws -> [[UInt8]] {
    var rest = [UInt8](try Data(contentsOf: url))[...]
    var records: [[UInt8]] = []
    func take<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
      let size = MemoryLayout<T>.size
      try #require(rest.count >= size, "a record is cut short")
      defer { rest = rest.dropFirst(size) }
      return rest.prefix(size).reversed().reduce(0) { $0 << 8 | T($1) }
    }
    while !rest.isEmpty {
      let lengthBytes = Array(rest.prefix(8))
      let length = Int(try take(UInt64.self))
      #expect(try take(UInt32.self) == CRC32C.maskedChecksum(of: lengthBytes))
      try #require(rest.count >= length, "a record is cut short")
      let payload = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      #expect(try take(UInt32.self) == CRC32C.maskedChecksum(of: payload))
      records.append(payload)
    }
    return records
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("basin-events-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("Scalars follow the file's version, in the order of writing")
  func order() throws {
    try withFolder { folder in
      let time = Date(timeIntervalSince1970: 1_700_000_000.5)
      let writer = try EventWriter(directory: folder.appendingPathComponent("run"), at: time)
      try writer.write([("loss/total", 0.5), ("lr", 1e-3)], step: 3, at: time)
      try writer.write([("loss/total", .nan)], step: 4, at: time)
      #expect(writer.url.lastPathComponent == "events.out.tfevents.1700000000.basin.000")

      let records = try records(of: writer.url)
      try #require(records.count == 3)
      #expect(String(decoding: records[0].suffix(13), as: UTF8.self) == "brain.Event:2")
      let loss: [UInt8] = [0x0A, 10] + Array("loss/total".utf8) + [0x15, 0, 0, 0, 0x3F]
      let rate: [UInt8] = [0x0A, 2] + Array("lr".utf8) + [0x15, 0x6F, 0x12, 0x83, 0x3A]
      let summary = [0x0A, UInt8(loss.count)] + loss + [0x0A, UInt8(rate.count)] + rate
      let wallTime = [0x09] + 1_700_000_000.5.bitPattern.littleEndianBytes
      #expect(records[1] == wallTime + [0x10, 3, 0x2A, UInt8(summary.count)] + summary)
    }
  }

  @Test("A resumed session has a file of its own and tells where it begins")
  func resume() throws {
    try withFolder { folder in
      let time = Date(timeIntervalSince1970: 1_700_000_000)
      let first = try EventWriter(directory: folder, at: time)
      let second = try EventWriter(directory: folder, resumingAt: 12, at: time)
      #expect(first.url.lastPathComponent < second.url.lastPathComponent)
      let records = try records(of: second.url)
      try #require(records.count == 2)
      #expect(Array(records[1].suffix(6)) == [0x10, 12, 0x3A, 2, 0x08, 1])
    }
  }

  @Test("What cannot be written is told with its place and a remedy")
  func failures() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appendingPathComponent("file")
      try Data().write(to: file)
      let error = #expect(throws: Failure.self) {
        _ = try EventWriter(directory: file.appendingPathComponent("run"))
      }
      let message = try #require(error).description
      #expect(message.contains(file.path) && message.contains("may be written to"))
    }
  }
}
