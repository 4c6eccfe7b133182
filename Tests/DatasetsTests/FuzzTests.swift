import Datasets
import Testing

/// Thousands of damaged files: each is read, or refused with a message, and none ends the process.
@Suite("Damaged files")
struct FuzzTests {
  func damaged(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.next(below: 4) {
      guard !bytes.isEmpty else { break }
      // Most damage goes to the header, where it is most telling.
      let reach = generator.next(below: 2) == 0 ? min(24, bytes.count) : bytes.count
      let position = generator.next(below: reach)
      switch generator.next(below: 5) {
      case 0: bytes[position] ^= 1 << UInt8(generator.next(below: 8))
      case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF][generator.next(below: 5)]
      case 2: bytes.removeSubrange(position...)
      case 3: bytes.remove(at: position)
      default: bytes.insert(UInt8(generator.next(below: 256)), at: position)
      }
    }
    return bytes
  }

  func outcome(_ read: () throws(DatasetError) -> Void) -> String {
    do {
      try read()
      return ""
    } catch {
      return error.description
    }
  }

  @Test("IDX", arguments: [1, 3])
  func idxFiles(axisCount: Int) {
    var generator = SplitMix64(seed: 1)
    let whole = axisCount == 1 ? idx([20], Array(0..<20)) : idx([5, 2, 2], Array(0..<20))
    var refused = 0
    for _ in 0..<2000 {
      let content = damaged(whole, using: &generator)
      let message = outcome {
        () throws(DatasetError) in
        let array = try IDXArray(content: content, axisCount: axisCount, location: "x")
        #expect(array.elements.count == array.sizes.reduce(1, *))
      }
      if !message.isEmpty {
        refused += 1
        #expect(message.hasPrefix("x: expected "))
      }
    }
    #expect(refused > 1000)
  }

  @Test("gzip")
  func gzipFiles() {
    var generator = SplitMix64(seed: 2)
    let whole = EmbeddedFiles.files["digits-labels-idx1-ubyte.gz"]!
    var refused = 0
    for _ in 0..<3000 {
      let bytes = damaged(whole, using: &generator)
      let message = outcome {
        () throws(DatasetError) in
        let content = try Gzip.inflated(bytes, limit: 1805, location: "x")
        #expect(content.count <= 1805)
      }
      if !message.isEmpty {
        refused += 1
        #expect(message.hasPrefix("x: expected "))
      }
    }
    #expect(refused > 1500)
  }
}
