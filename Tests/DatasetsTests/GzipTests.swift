import Datasets
import Failures
import Files
import TestSupport
import Testing

@Suite("Gzip")
struct GzipTests {
  let content = Array("basin of attraction".utf8)

  func message(_ bytes: [UInt8], limit: Int = 1000) -> String {
    do {
      return "content: \(try Gzip.inflated(bytes, limit: limit, location: "a.gz"))"
    } catch {
      return error.description
    }
  }

  @Test("reads a member")
  func member() throws {
    #expect(try Gzip.inflated(gzip(content), limit: 19, location: "a.gz") == content)
    #expect(try Gzip.inflated(gzip([]), limit: 0, location: "a.gz") == [])
  }

  @Test("reads several members as one content")
  func members() throws {
    let bytes = gzip(content) + gzip([1, 2, 3])
    #expect(try Gzip.inflated(bytes, limit: 100, location: "a.gz") == content + [1, 2, 3])
  }

  @Test("says where a file is cut short, at every length")
  func truncated() {
    let bytes = gzip(content)
    for length in 0..<bytes.count {
      #expect(message(Array(bytes.prefix(length))).contains("one cut short after \(length) bytes"))
    }
  }

  @Test("refuses what is damaged, followed by something, or too long")
  func damaged() {
    var wrongSum = gzip(content)
    wrongSum[wrongSum.count - 6] ^= 1
    #expect(
      message(wrongSum)
        == "a.gz: expected an intact gzip file, found a damaged one (incorrect data check). "
        + "Delete the file and fetch it again.")
    #expect(
      message(gzip(content) + [0, 0, 0]).contains(
        "expected the end of the file after 42 bytes of gzip, found 3 more bytes"))
    #expect(
      message(gzip(content), limit: 18).contains(
        "expected content of at most 18 bytes, found a gzip file that expands to more"))
    #expect(message([1, 2, 3, 4]).contains("incorrect header check"))
  }

  @Test("stops at the limit long before a bomb is unpacked")
  func bomb() {
    // A deflate block of fixed codes: last, one zero byte, then "258 more of it" 40,000 times,
    // which are 10 MB from 65 KB. Length code 285 is 11000101, distance code 0 is 00000.
    let header: [UInt8] = [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    let more: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    let bits = header + (0..<40_000).flatMap { _ in more }
    let block = stride(from: 0, to: bits.count - 7, by: 8).map { start in
      (0..<8).reduce(UInt8(0)) { $0 | (bits[start + $1] << UInt8($1)) }
    }
    let bomb = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + block
    #expect(message(bomb, limit: 1 << 20).contains("that expands to more"))
    #expect(message(bomb, limit: 1 << 24).contains("cut short"))
  }
}
