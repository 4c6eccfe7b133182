import Datasets
import Failures
import TestSupport
import Testing

@Suite("IDXArray")
struct IDXArrayTests {
  func message(_ content: [UInt8], axisCount: Int) -> String {
    do {
      return "\(try IDXArray(content: content, axisCount: axisCount, location: "x-idx").sizes)"
    } catch {
      return error.description
    }
  }

  @Test("reads sizes and elements in order")
  func elements() throws {
    let images = try IDXArray(
      content: [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
      axisCount: 3, location: "x-idx")
    #expect(images.sizes == [2, 1, 3])
    #expect(images.elements == [1, 2, 3, 4, 5, 6])
  }

  @Test(
    "names what is wrong",
    arguments: [
      ([], 1, "the IDX magic number 00 00 08 01, found an empty file"),
      ([0, 0, 8], 1, "the IDX magic number 00 00 08 01, found 00 00 08"),
      (idx([1], [7]), 3, "the IDX magic number 00 00 08 03, found 00 00 08 01"),
      ([0, 0, 0x0D, 1, 0, 0, 0, 0], 1, "magic number 00 00 08 01, found 00 00 0d 01"),
      ([0, 0, 8, 3, 0, 0, 0, 1], 3, "an IDX header of 16 bytes, found a file of 8 bytes"),
      (idx([0], []), 1, "IDX sizes of at least 1, found 0"),
      (idx([2, 2, 2], [1, 2, 3]), 3, "24 bytes for sizes 2 x 2 x 2, found 19, 5 missing"),
      (idx([2], [1, 2, 3]), 1, "10 bytes for sizes 2, found 11, 1 too many"),
      (
        idx([.max, .max, .max], [1]), 3,
        "IDX sizes whose product fits in memory, found 4294967295 x 4294967295 x 4294967295"
      ),
      (idx([.max], [1]), 1, "4294967303 bytes for sizes 4294967295, found 9, 4294967294 missing"),
    ] as [([UInt8], Int, String)])
  func malformed(content: [UInt8], axisCount: Int, expected: String) {
    let message = message(content, axisCount: axisCount)
    #expect(message.contains(expected), "\(message)")
    #expect(message.hasPrefix("x-idx: expected "))
    #expect(message.hasSuffix("The file is damaged or of another kind; fetch it again."))
  }
}
