import Datasets
import Failures
import Files
import Tensors
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

  func outcome(_ read: () throws(Failure) -> Void) -> String {
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
        () throws(Failure) in
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
        () throws(Failure) in
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

  /// Damages a file `count` times. Each reading has to end, with an error that names the place.
  func survives(
    _ whole: [UInt8], seed: UInt64, count: Int = 1000,
    _ read: ([UInt8]) throws(Failure) -> Void
  ) {
    var generator = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<count {
      let content = damaged(whole, using: &generator)
      let message = outcome { () throws(Failure) in try read(content) }
      if !message.isEmpty {
        refused += 1
        #expect(message.hasPrefix("x"))
      }
    }
    #expect(refused > count / 4 && refused <= count)
    #expect(outcome { () throws(Failure) in try read(whole) } == "")
  }

  @Test("CIFAR", arguments: [1, 2])
  func cifarFiles(labelBytes: Int) {
    let record = Array(repeating: UInt8(9), count: labelBytes) + Array(0..<12)
    survives(record + record, seed: 3) { (content) throws(Failure) in
      var records = CIFARRecords(
        labelBytes: labelBytes, shape: [3, 2, 2], classNames: (0...9).map(String.init))
      try records.append(content, location: "x")
      #expect(try records.samples().count * record.count == content.count)
    }
  }

  @Test(
    "MATLAB",
    arguments: [MATFileTests.compressed, SVHNSourceTests.file([32, 32, 3, 1], labels: [7])])
  func matFiles(whole: [UInt8]) {
    survives(whole, seed: 4) { (content) throws(Failure) in
      let samples = try LabelledSamples(
        svhn: content, limit: 6144, classNames: (0...9).map(String.init), location: "x")
      #expect(samples.sampleShape == [3, 32, 32])
    }
  }

  @Test("annotations")
  func annotationFiles() {
    survives(Array("a.JPEG\tn1\t0\nb.JPEG\tn2\n".utf8), seed: 5) { (content) throws(Failure) in
      for (file, _) in try ImageAnnotations(content: content, location: "x").entries {
        #expect(!file.contains("/"))
      }
    }
  }

  @Test("archives")
  func archives() {
    survives(tar([("a", [1, 2]), ("b", Array(0..<99))]), seed: 6) {
      (content) throws(Failure) in
      for entry in try TarArchive(content: content, location: "x").entries {
        #expect(content.indices.contains(entry.range.upperBound - 1))
      }
    }
    survives(ArchiveTests.zip, seed: 7) { (content) throws(Failure) in
      let archive = try ZipArchive(content: content, location: "x")
      for entry in archive.entries { #expect(try archive.content(of: entry).count == entry.size) }
    }
  }
}
