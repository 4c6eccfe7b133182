import Datasets
import Failures
import Foundation
import TestSupport
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
      guard let error = $0 as? Failure else { return false }
      return error.kind == .malformed && error.location.hasSuffix("cifar10/data_batch_4.bin")
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
      guard let error = $0 as? Failure else { return false }
      return error.kind == .malformed && error.found == "label 10 of record 1"
        && error.location.hasSuffix("test_batch.bin")
    }
  }

  @Test("a missing file is named, and what to do")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect(message { _ = try load(folder) }.contains("or unpack https://www.cs.toronto.edu"))
    try Self.install(in: folder)
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("cifar10/data_batch_2.bin"))
    #expect {
      try load(folder)
    } throws: {
      guard let error = $0 as? Failure else { return false }
      return error.kind == .missing && error.found.contains("no data_batch_2.bin in ")
    }
  }

  @Test("a compressed file is read as if it were not")
  func compressed() throws {
    let folder = try TemporaryFolder()
    let content = Self.records([(7, [1, 2, 3])])
    try Self.install(in: folder, replacing: ["test_batch.bin": gzip(content)])
    #expect(try load(folder).test.labels == [7])
  }

  @Test("records keep their order where a file is longer than what is read at once")
  func long() throws {
    let folder = try TemporaryFolder()
    // 200 records are 600 KB: three buffers.
    let images = (0..<200).map { (index: UInt8) -> (label: UInt8, planes: [UInt8]) in
      (index % 10, [index, 255 - index, 3])
    }
    try Self.install(in: folder, replacing: ["test_batch.bin": Self.records(images)])
    let test = try load(folder).test
    #expect(test.labels == images.map { Int($0.label) })
    let values = test.samples.values(at: 0..<200)
    for (index, image) in images.enumerated() {
      #expect(values[index * 3072] == Float(image.planes[0]) / 255)
      #expect(values[index * 3072 + 2047] == Float(image.planes[1]) / 255)
      #expect(values[index * 3072 + 3071] == Float(3) / 255)
    }
    try Self.install(
      in: folder,
      replacing: ["test_batch.bin": Self.records(images.dropLast() + [(10, [0, 0, 0])])])
    #expect(message { _ = try load(folder) }.contains("found label 10 of record 199"))
  }

  @Test("CIFAR-100 has two labels a record, of which the fine one counts")
  func fineLabels() throws {
    let source = CIFARSource.cifar100
    #expect(source.card.classNames.count == 100)
    #expect(source.card.classNames[0] == "apple" && source.card.classNames[99] == "worm")
    #expect(source.card.classNames[1] == "aquarium_fish" && source.card.classNames[53] == "orange")
    let folder = try TemporaryFolder()
    func record(_ coarse: UInt8, _ fine: UInt8, _ level: UInt8) -> [UInt8] {
      [coarse, fine] + Array(repeating: level, count: 3072)
    }
    let place = "cifar100/cifar-100-binary/"
    try folder.write(record(3, 99, 51) + record(19, 0, 255), to: place + "train.bin")
    try folder.write(record(19, 53, 0), to: place + "test.bin")
    func load() throws -> Dataset { try source.load(LoadOptions(locations: folder.locations)) }
    let data = try load()
    #expect(data.train.labels == [99, 0] && data.test.labels == [53])
    #expect(data.train.samples.values(at: [0]) == Array(repeating: 0.2, count: 3072))
    #expect(data.train.samples.values(at: [1]) == Array(repeating: 1, count: 3072))

    try folder.write(record(3, 100, 51), to: place + "test.bin")
    #expect(message { _ = try load() }.contains("labels from 0 to 99, found label 100 of record 0"))
    try folder.write(Array(record(3, 9, 51).dropLast()), to: place + "test.bin")
    #expect(message { _ = try load() }.contains("records of 3074 bytes, found 3073 bytes"))
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
