import Datasets
import Foundation
import TestSupport
import Testing

@Suite("SVHNSource")
struct SVHNSourceTests {
  let source = SVHNSource()

  func load(train: [UInt8], test: [UInt8]) throws -> Dataset {
    let folder = try TemporaryFolder()
    try folder.write(train, to: "svhn/train_32x32.mat")
    try folder.write(test, to: "svhn/test_32x32.mat")
    return try source.load(LoadOptions(locations: folder.locations))
  }

  /// Arrays X and y of a file that Basin itself made.
  static func file(
    _ sizes: [Int], labels: [UInt8], kind: Int = 9, type: Int = 2, labelType: Int = 2
  ) -> [UInt8] {
    MATFileTests.file([
      MATFileTests.array(
        "X", sizes: sizes, kind: kind, type: type,
        numbers: Array(repeating: 1, count: sizes.reduce(1, *))),
      MATFileTests.array("y", sizes: [labels.count, 1], type: labelType, numbers: labels),
    ])
  }

  @Test("channels, rows and columns are where they belong, and 10 is the digit 0")
  func layout() throws {
    let data = try load(train: MATFileTests.compressed, test: MATFileTests.doubleLabels)
    #expect(data.train.labels == [0, 3] && data.test.labels == [0, 3])
    #expect(data.train.sampleShape == [3, 32, 32])
    #expect(data.train.samples == data.test.samples)
    // numpy: zlib.crc32(ascontiguousarray(X.transpose(3, 2, 0, 1))).
    let levels = data.train.samples.values(at: 0..<2).map { UInt8(($0 * 255).rounded()) }
    #expect(checksum(levels) == 2_631_905_621)
    // Row 1, column 2 of channel 0 of image 1: 7 + 26 + 31.
    #expect(levels[3072 + 32 + 2] == 64)
  }

  @Test(
    "what is not in the format of cropped digits is refused",
    arguments: [
      (file([32, 32, 3, 1], labels: [0]), "labels from 1 to 10, found label 0 of sample 0"),
      (file([32, 32, 3, 2], labels: [1, 11]), "found label 11 of sample 1"),
      (file([32, 32, 3, 2], labels: [1]), "one label for each of 2 samples, found 1"),
      (file([32, 32, 1, 3], labels: [1]), "or [3072, N], found sizes [32, 32, 1, 3]"),
      (file([32, 96], labels: [1]), "found sizes [32, 96]"),
      (file([32, 32, 3, 0], labels: []), "found sizes [32, 32, 3, 0]"),
      (file([32, 32, 3, 1], labels: [1], type: 1), "bytes X of sizes"),
    ] as [([UInt8], String)])
  func malformed(content: [UInt8], expected: String) {
    let message = message { _ = try load(train: content, test: MATFileTests.compressed) }
    #expect(message.contains(expected), "\(message)")
    #expect(message.contains("svhn/train_32x32.mat"))
  }

  @Test("missing files are asked for")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect(
      message { _ = try source.load(LoadOptions(locations: folder.locations)) }
        .contains("Run `basin data fetch svhn`"))
  }
}
