import Datasets
import Foundation
import TestSupport
import Testing

@Suite("IDXSource")
struct IDXSourceTests {
  @Test("loads compressed and unpacked files alike")
  func load() throws {
    let folder = try TemporaryFolder()
    try TinyImages.install(in: folder)
    let compressed = try TinyImages.source().load(LoadOptions(locations: folder.locations))
    #expect(compressed.train.labels == [0, 1, 1])
    #expect(compressed.train.samples.values(at: [0]) == [0, 0.2, 0.4, 0.6])
    #expect(compressed.test.count == 2)

    let unpacked = try TemporaryFolder()
    for (name, bytes) in TinyImages.contents {
      try unpacked.write(bytes, to: "tiny/" + name.dropLast(3))
    }
    let dataset = try TinyImages.source().load(LoadOptions(locations: unpacked.locations))
    #expect(dataset.train == compressed.train && dataset.test == compressed.test)
  }

  @Test(
    "names the file and what is wrong with it",
    arguments: [
      ("train-images.gz", idx([3, 2, 2], [1, 2]), "sizes 3 x 2 x 2, found 18, 10 missing"),
      ("train-images.gz", idx([1, 2, 2], [1, 2, 3, 4]), "sizes [3, 2, 2], found [1, 2, 2]"),
      ("test-labels.gz", idx([3], [1, 0, 1]), "content of at most 10 bytes"),
      ("test-labels.gz", idx([1], [1]), "sizes [2], found [1]"),
      ("test-labels.gz", idx([2], [1, 2]), "labels from 0 to 1, found label 2 of sample 1"),
      ("train-labels.gz", [1, 2, 3, 4], "magic number 00 00 08 01, found 01 02 03 04"),
    ] as [(String, [UInt8], String)])
  func malformed(name: String, content: [UInt8], expected: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages.install(in: folder, replacing: [name: content])
    let message = message {
      _ = try TinyImages.source().load(LoadOptions(locations: folder.locations))
    }
    #expect(message.hasPrefix(folder.url.appendingPathComponent("tiny/\(name)").path))
    #expect(message.contains(expected), "\(message)")
  }

  @Test("refuses a folder in the place of a file, and follows links")
  func notAFile() throws {
    let folder = try TemporaryFolder()
    try TinyImages.install(in: folder, path: "elsewhere/")
    let elsewhere = folder.url.appendingPathComponent("elsewhere")
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("tiny"), withDestinationURL: elsewhere)
    let options = LoadOptions(locations: folder.locations)
    #expect(try TinyImages.source().load(options).train.count == 3)

    let images = elsewhere.appendingPathComponent("train-images.gz")
    try FileManager.default.removeItem(at: images)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    let message = message { _ = try TinyImages.source().load(options) }
    #expect(message.contains("expected a file, found a folder or device"), "\(message)")
  }

  static let realData: DataLocations = {
    // Tests/DatasetsTests/IDXSourceTests.swift -> the package -> its neighbour.
    let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
      url.deletingLastPathComponent()
    }
    return DataLocations(
      dataRoot: package.appendingPathComponent("../shared/data").path)
  }()

  static let installedSets = ["mnist", "fashion-mnist"].filter { name in
    (try? realData.folder(of: DatasetCatalog.source(named: name).card)) != nil
  }

  @Test(
    "reads the real sets where they are installed", .enabled(if: !installedSets.isEmpty),
    arguments: installedSets)
  func realSets(name: String) throws {
    let source = try DatasetCatalog.source(named: name)
    let dataset = try source.load(
      LoadOptions(validationFraction: 0.1, locations: Self.realData))
    #expect(dataset.train.count == 54_000)
    #expect(dataset.validation?.count == 6_000)
    #expect(dataset.test.count == 10_000)
    #expect(dataset.test.sampleShape == [1, 28, 28])
    let counts = dataset.test.classCounts
    let balanced = Array(repeating: 1000, count: 10)
    let mnist = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    #expect(counts == (name == "mnist" ? mnist : balanced))
    #expect(try Self.realData.verify(source.card).allSatisfy(\.isValid))
  }
}
