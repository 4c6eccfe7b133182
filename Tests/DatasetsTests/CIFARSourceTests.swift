import Datasets
import Foundation
import Testing

@Suite("CIFARSource")
struct CIFARSourceTests {
  static let source = CIFARSource.cifar10
  static let names = source.card.files.map(\.name)

  /// Records whose planes are filled with one byte each.
  static func records(_ images: [(label: UInt8, planes: [UInt8])]) -> [UInt8] {
    images.flatMap { image in
      [image.label] + image.planes.flatMap { Array(repeating: $0, count: 1024) }
    }
  }

  /// Two records a file, with labels that tell the files apart.
  static func install(
    in folder: TemporaryFolder, path: String = "cifar10/", replacing: [String: [UInt8]] = [:]
  ) throws {
    for (place, name) in names.enumerated() {
      let label = UInt8(place)
      let content = records([(label, [255, 0, 51]), (9, [label, 1, 2])])
      try folder.write(replacing[name] ?? content, to: path + name)
    }
  }

  func load(_ folder: TemporaryFolder) throws -> Dataset {
    try Self.source.load(LoadOptions(locations: folder.locations))
  }

  @Test("the card is that of CIFAR-10")
  func card() {
    let card = Self.source.card
    #expect(card.classNames.count == 10 && card.sampleShape == [3, 32, 32])
    #expect(card.classNames[0] == "airplane" && card.classNames[9] == "truck")
    #expect(card.files.map(\.contentBytes) == Array(repeating: 10_000 * 3073, count: 6))
  }

  @Test(
    "files are read in order, planes as channels, the test file apart",
    arguments: [
      "cifar10/", "cifar10/cifar-10-batches-bin/",
    ])
  func layout(path: String) throws {
    let folder = try TemporaryFolder()
    try Self.install(in: folder, path: path)
    let data = try load(folder)
    #expect(data.train.labels == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9])
    #expect(data.test.labels == [5, 9])
    #expect(data.test.sampleShape == [3, 32, 32])
    let first = data.train.samples.values(at: [0])
    #expect(first[0] == 1 && first[1023] == 1 && first[1024] == 0 && first[2048] == 0.2)
    #expect(data.train.samples.values(at: [3])[0] == Float(1) / 255)
    #expect(
      try folder.locations.folder(of: Self.source.card).path.hasSuffix(
        String(path.dropLast())))
  }

  @Test("pixels keep their rows and columns")
  func pixels() throws {
    let folder = try TemporaryFolder()
    let record = [3] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 7) }
    try Self.install(in: folder, replacing: ["test_batch.bin": record])
    let values = try load(folder).test.samples.values(at: [0])
    #expect(values == (0..<3072).map { Float(UInt8(truncatingIfNeeded: $0 / 7)) / 255 })
  }

  @Test("an excerpt has other names and any number of records")
  func excerpt() throws {
    let folder = try TemporaryFolder()
    let three = Self.records([(1, [0, 0, 0]), (2, [0, 0, 0]), (3, [0, 0, 0])])
    try folder.write(three, to: "cifar10/train_3.bin")
    try folder.write(Self.records([(7, [1, 1, 1])]), to: "cifar10/test_batch_first1.bin")
    try folder.write([1, 2], to: "cifar10/train_index.txt")
    let data = try load(folder)
    #expect(data.train.labels == [1, 2, 3])
    #expect(data.test.labels == [7])
  }

  @Test(
    "a file that is cut short, too long or empty is refused",
    arguments: [
      -1, 1, -3073 * 2, -3073 - 1,
    ])
  func truncated(change: Int) throws {
    let folder = try TemporaryFolder()
    let whole = Self.records([(0, [1, 2, 3]), (1, [1, 2, 3])])
    let content = change > 0 ? whole + [0] : Array(whole.dropLast(-change))
    try Self.install(in: folder, replacing: ["data_batch_4.bin": content])
    #expect {
      try load(folder)
    } throws: {
      guard let error = $0 as? DatasetError else { return false }
      return error.kind == .malformedData && error.location.hasSuffix("cifar10/data_batch_4.bin")
        && error.found == "\(content.count) bytes" && error.expected.contains("3073")
    }
  }

  @Test("a label that is no class is refused with its place")
  func label() throws {
    let folder = try TemporaryFolder()
    try Self.install(
      in: folder,
      replacing: ["test_batch.bin": Self.records([(9, [0, 0, 0]), (10, [0, 0, 0])])])
    #expect {
      try load(folder)
    } throws: {
      guard let error = $0 as? DatasetError else { return false }
      return error.kind == .malformedData && error.found == "label 10 of record 1"
        && error.location.hasSuffix("test_batch.bin")
    }
  }

  @Test("a missing file is named, and what to do")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect(message { _ = try load(folder) }.contains("Unpack https://www.cs.toronto.edu"))
    try Self.install(in: folder)
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("cifar10/data_batch_2.bin"))
    #expect {
      try load(folder)
    } throws: {
      guard let error = $0 as? DatasetError else { return false }
      return error.kind == .missingData && error.found.contains("no data_batch_2.bin in ")
    }
  }

  @Test("without a digest the size is verified")
  func verification() throws {
    let folder = try TemporaryFolder()
    try Self.install(in: folder)
    try folder.write(
      Array(repeating: 0, count: 30_730_000), to: "cifar10/data_batch_1.bin")
    let reports = try folder.locations.verify(Self.source.card)
    #expect(reports.map(\.isValid) == [true, false, false, false, false, false])
  }
}
