import Datasets
import Failures
import Files
import Foundation
import TestSupport
import Testing

/// A tar archive of regular files, as POSIX describes it; `kinds` are other types of entries.
func tar(_ files: [(name: String, content: [UInt8])], kinds: [Int: Character] = [:]) -> [UInt8] {
  func field(_ text: String, _ size: Int) -> [UInt8] {
    Array(text.utf8) + Array(repeating: 0, count: size - text.utf8.count)
  }
  var archive: [UInt8] = []
  for (index, file) in files.enumerated() {
    var header =
      field(file.name, 100) + field("0000644", 8) + field("0000000", 8) + field("0000000", 8)
      + field(String(format: "%011o", file.content.count), 12) + field("00000000000", 12)
    header += Array("        ".utf8) + [(kinds[index] ?? "0").asciiValue!]
    header += Array(repeating: 0, count: 512 - header.count)
    let sum = header.reduce(0) { $0 + Int($1) }
    header.replaceSubrange(148..<156, with: field(String(format: "%06o", sum), 7) + [32])
    let padding = (512 - file.content.count % 512) % 512
    archive += header + file.content + Array(repeating: 0, count: padding)
  }
  return archive + Array(repeating: 0, count: 1024)
}

@Suite("Archives")
struct ArchiveTests {
  /// Python's tarfile: a.bin, b.bin (0...199 three times), a name of 136 bytes, a link; then gzip.
  static let tarGzip = MATFileTests.bytes(
    """
    H4sIAAAAAAACAytOLdFP1EvKzGOgHTAAAjMTEzANBOg0EBgjsUHi5iYmxgwKBgx0AKXFJYlFQCsZRiZITEpmGAUjFxQD83/S
    wOZ/Q0NjA8z8bzaa/+kCGJmYWVjZ2Dk4ubh5ePn4BQSFhEVExcQlJKWkZWTl5BUUlZRVVNXUNTS1tHV09fQNDI2MTUzNzC0s
    raxtbO3sHRydnF1c3dw9PL28fXz9/AMCg4JDQsPCIyKjomNi4+ITgAVMSmpaekZmVnZObl5+QWFRcUlpWXlFZVV1TW1dfUNj
    U3NLa1t7R2dXd09vX/+EiZMmT5k6bfqMmbNmz5k7b/6ChYsWL1m6bPmKlatWr1m7bv2GjZs2b9m6bfuOnbt279m7b/+Bg4cO
    Hzl67PioPwaZP0bBkACVRALatv9MUMt/E1NDM5MhXv6DKtYKmgGqOTMnPy99NBeM7PZfTmZeNi3tIJz/0diGhiag/G+kn1qS
    rF+QWFxcnjLa/hsFo2AUjIJRMApGwSgYBaNgFIyCUTAKRsEoGAWjYBSMglEwCkbBKCAOAABdX61NACgAAA==
    """)

  /// Python's zipfile: a folder, a.bin stored, b.bin packed, an empty file.
  static let zip = MATFileTests.bytes(
    """
    UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAEAAAAc2V0L1BLAwQUAAAAAAAAACEAwkEkNQMAAAADAAAACQAAAHNldC9hLmJp
    bmFiY1BLAwQUAAAACAAAACEAXBt1gNcAAABYAgAACQAAAHNldC9iLmJpbmNgZGJmYWVj5+Dk4ubh5eMXEBQSFhEVE5eQlJKW
    kZWTV1BUUlZRVVPX0NTS1tHV0zcwNDI2MTUzt7C0sraxtbN3cHRydnF1c/fw9PL28fXzDwgMCg4JDQuPiIyKjomNi09ITEpO
    SU1Lz8jMys7JzcsvKCwqLiktK6+orKquqa2rb2hsam5pbWvv6Ozq7unt658wcdLkKVOnTZ8xc9bsOXPnzV+wcNHiJUuXLV+x
    ctXqNWvXrd+wcdPmLVu3bd+xc9fuPXv37T9w8NDhI0ePHWcY9ceg8gcAUEsDBBQAAAAIAAAAIQAAAAAAAgAAAAAAAAAKAAAA
    c2V0L3Rlc3QvYwMAUEsBAhQDFAAAAAAAAAAhAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAIABAAAAAHNldC9QSwECFAMUAAAA
    AAAAACEAwkEkNQMAAAADAAAACQAAAAAAAAAAAAAAgAEiAAAAc2V0L2EuYmluUEsBAhQDFAAAAAgAAAAhAFwbdYDXAAAAWAIA
    AAkAAAAAAAAAAAAAAIABTAAAAHNldC9iLmJpblBLAQIUAxQAAAAIAAAAIQAAAAAAAgAAAAAAAAAKAAAAAAAAAAAAAACAAUoB
    AABzZXQvdGVzdC9jUEsFBgAAAAAEAAQA2AAAAHQBAAAAAA==
    """)

  static let b = (0..<3).flatMap { _ in (0..<200).map(UInt8.init) }

  @Test("tar: the files and their contents, without links")
  func tarFiles() throws {
    let content = try Gzip.inflated(Self.tarGzip, limit: 1 << 20, location: "")
    let entries = try TarArchive(content: content, location: "").entries
    let long = "set/" + String(repeating: "x", count: 90) + "/" + String(repeating: "y", count: 40)
    #expect(entries.map(\.name) == ["set/a.bin", "set/b.bin", long])
    #expect(
      entries.map { Array(content[$0.range]) } == [Array("abc".utf8), Self.b, Array("long".utf8)])
  }

  @Test("tar: what Basin's tests write is read the same way")
  func fixture() throws {
    let archive = tar([("a", [1]), ("dir", []), ("b", Self.b)], kinds: [1: "5"])
    let entries = try TarArchive(content: archive, location: "").entries
    #expect(entries.map(\.name) == ["a", "b"])
    #expect(Array(archive[entries[1].range]) == Self.b)
  }

  @Test("tar: an archive cut anywhere or with a damaged header is refused")
  func damagedTar() {
    let whole = tar([("a", [1, 2, 3]), ("b", Self.b)])
    for count in stride(from: 0, to: whole.count - 512, by: 100) {
      #expect(throws: Failure.self) {
        try TarArchive(content: Array(whole.prefix(count)), location: "")
      }
    }
    for place in [0, 124, 130, 148, 156] {
      var damaged = whole
      damaged[place] ^= 1
      #expect(
        message { _ = try TarArchive(content: damaged, location: "t") }
          .contains("t: expected an intact tar archive, found a damaged header at byte 0"))
    }
  }

  @Test("zip: the files and their contents, without folders")
  func zipFiles() throws {
    let archive = try ZipArchive(content: Self.zip, location: "")
    #expect(archive.entries.map(\.name) == ["set/a.bin", "set/b.bin", "set/test/c"])
    #expect(
      try archive.entries.map(archive.content) == [Array("abc".utf8), Self.b, []])
  }

  @Test("zip: an archive cut anywhere, or damaged, is refused")
  func damagedZip() throws {
    for count in 0..<Self.zip.count {
      #expect(throws: Failure.self) {
        try ZipArchive(content: Array(Self.zip.prefix(count)), location: "")
      }
    }
    var damaged = Self.zip
    let place = try #require(
      damaged.indices.first { damaged[$0...].starts(with: Array("abc".utf8)) })
    damaged[place] ^= 1
    let archive = try ZipArchive(content: damaged, location: "z")
    #expect(
      message { _ = try archive.content(of: archive.entries[0]) }.contains("a damaged set/a.bin"))
    #expect(try archive.content(of: archive.entries[1]) == Self.b)
  }

  @Test("zip: an entry cannot claim more than DEFLATE could give")
  func bomb() throws {
    var bytes = Self.zip
    // The claimed size of b.bin in the central directory: 600 bytes become 4 GB.
    let directory = try #require(
      bytes.indices.last {
        bytes[$0...].starts(with: [0x50, 0x4B, 1, 2])
          && bytes[($0 + 46)...].starts(with: Array("set/b".utf8))
      })
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [0xFF, 0xFF, 0xFF, 0xFF])
    let archive = try ZipArchive(content: bytes, location: "z")
    #expect(
      message { _ = try archive.content(of: archive.entries[1]) }.contains("set/b.bin cut short"))
  }
}

/// Archives on their way over the network into a folder.
@Suite("Fetching archives", .enabled(if: LoopbackServer.isAvailable), .serialized)
struct ArchiveFetchingTests {
  let remote: TemporaryFolder
  let local: TemporaryFolder
  let server: LoopbackServer

  init() throws {
    remote = try TemporaryFolder()
    local = try TemporaryFolder()
    server = try LoopbackServer(serving: remote.url)
  }

  static let files: [(name: String, content: [UInt8])] = [
    ("set-bin/readme.html", Array("<html>".utf8)), ("set-bin/a.bin", [1, 2, 3]),
    ("set-bin/b.bin", ArchiveTests.b),
  ]

  /// The card of a set whose archive is served.
  func card(
    _ archive: [UInt8], name: String = "set.tar.gz", vice: String = "ranges", limit: Int = 10_000,
    digest: String? = nil, lists: Bool = true
  ) throws -> DatasetCard {
    try remote.write(archive, to: name)
    return DatasetCard(
      name: "set", title: "", credit: "", license: "", classNames: ["a"], sampleShape: [1],
      trainCount: 1, testCount: 1, origin: .files,
      files: lists
        ? [
          DatasetFile(name: "a.bin", contentBytes: 3),
          DatasetFile(name: "b.bin", contentBytes: 600),
        ]
        : [],
      archive: DatasetArchive(
        name: name, bytes: archive.count, sha256: digest ?? SHA256.digest(of: archive),
        mirrors: ["\(server.base)/\(vice)/\(name)"], folder: "set-bin", unpackedLimit: limit))
  }

  @discardableResult
  func fetch(_ card: DatasetCard) throws -> [FileReport] {
    var fetcher = DatasetFetcher(locations: local.locations)
    fetcher.pauseSeconds = 0.01
    return try fetcher.fetch(card)
  }

  /// The message of a fetch, which must leave no file but perhaps the archive.
  func failure(_ card: DatasetCard) throws -> Failure {
    let failure = try #require(throws: Failure.self) { try fetch(card) }
    let names = try FileManager.default.subpathsOfDirectory(atPath: local.url.path)
    let known = ["set", "set/\(card.archive!.file.name)", "set/\(card.archive!.file.name).part"]
    #expect(names.allSatisfy(known.contains), "\(names)")
    return failure
  }

  @Test(
    "an archive is unpacked and deleted",
    arguments: ["plain", "ranges", "cut", "busy"], ["set.tar.gz", "set.tar"])
  func install(vice: String, name: String) throws {
    let archive = tar(Self.files)
    let card = try card(name == "set.tar" ? archive : gzip(archive), name: name, vice: vice)
    let reports = try fetch(card)
    #expect(reports.map(\.file.name) == ["a.bin", "b.bin"] && reports.allSatisfy(\.isValid))
    #expect(try local.locations.verify(card).allSatisfy(\.isValid))
    #expect(local.exists("set/set-bin/readme.html"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: local.url.path + "/set") == ["set-bin"])
  }

  @Test("a ZIP archive whose files are not listed is unpacked without what is not needed")
  func zip() throws {
    let set = DatasetCard(
      name: "set", title: "", credit: "", license: "", classNames: ["a"], sampleShape: [1],
      trainCount: 1, testCount: 1, origin: .files,
      archive: DatasetArchive(
        name: "set.zip", bytes: ArchiveTests.zip.count,
        sha256: SHA256.digest(of: ArchiveTests.zip), mirrors: ["\(server.base)/ranges/set.zip"],
        folder: "set", unpackedLimit: 1000, omittedFolders: ["test"]))
    try remote.write(ArchiveTests.zip, to: "set.zip")
    #expect(try fetch(set).map(\.isValid) == [true])
    #expect(local.exists("set/set/a.bin") && local.exists("set/set/b.bin"))
    #expect(!local.exists("set/set/test") && !local.exists("set/set.zip"))
  }

  @Test("what is there is left alone; what is damaged is replaced")
  func again() throws {
    let card = try card(gzip(tar(Self.files)))
    try fetch(card)
    try FileManager.default.removeItem(at: remote.url.appendingPathComponent("set.tar.gz"))
    #expect(try fetch(card).allSatisfy(\.isValid))
    try local.write([1], to: "set/set-bin/b.bin")
    #expect(throws: Failure.self) { try fetch(card) }
    try remote.write(gzip(tar(Self.files)), to: "set.tar.gz")
    #expect(try fetch(card).allSatisfy(\.isValid))
  }

  @Test("an archive that was put there, or not yet unpacked, needs no network")
  func offline() throws {
    let card = try card(gzip(tar(Self.files)))
    try local.write(gzip(tar(Self.files)), to: "set/set.tar.gz")
    try FileManager.default.removeItem(at: remote.url.appendingPathComponent("set.tar.gz"))
    #expect(try fetch(card).allSatisfy(\.isValid))
  }

  @Test("the part of an earlier attempt is continued")
  func resume() throws {
    let archive = gzip(tar(Self.files))
    try local.write(Array(archive.prefix(1000)), to: "set/set.tar.gz.part")
    #expect(try fetch(card(archive, vice: "rest")).allSatisfy(\.isValid))
  }

  @Test("another content, a page and nothing are no archive")
  func wrong() throws {
    let archive = gzip(tar(Self.files))
    let other = try failure(card(archive, digest: String(repeating: "0", count: 64)))
    #expect(other.kind == .wrongDigest)
    #expect(try failure(card(archive, vice: "page")).found == "a web page")
    #expect(try failure(card(archive, vice: "empty")).found == "an empty answer")
  }

  @Test(
    "a file outside of the archive's folder is refused",
    arguments: [
      "../evil", "set-bin/../../evil", "/tmp/evil", "other/evil", "evil", "set-bin//evil",
      "set-bin/./evil", "set-bin/..", "set-bin/a\\..\\evil",
    ])
  func outside(name: String) throws {
    let failure = try failure(card(gzip(tar(Self.files + [(name, [6])]))))
    #expect(failure.kind == .malformed)
    #expect(failure.expected == "an archive of names inside set-bin/")
    #expect(failure.found == "\"\(name)\"")
  }

  @Test("links and devices are not made")
  func links() throws {
    let kinds: [Int: Character] = [0: "2", 1: "1", 2: "3", 3: "6"]
    let entries = ["l", "h", "d", "p"].map { (name: "set-bin/\($0)", content: [UInt8]()) }
    try fetch(card(gzip(tar(entries + Self.files, kinds: kinds))))
    #expect(["l", "h", "d", "p"].allSatisfy { !local.exists("set/set-bin/\($0)") })
  }

  @Test("an archive that is cut short, though of the right digest, leaves nothing")
  func cut() throws {
    let whole = tar(Self.files)
    #expect(try failure(card(gzip(Array(whole.prefix(1700))))).found.contains("one cut short"))
    let cut = Array(gzip(whole).dropLast(100))
    #expect(try failure(card(cut)).found.contains("one cut short after"))
  }

  @Test("more than the limit is not unpacked")
  func bomb() throws {
    #expect(try failure(card(gzip(tar(Self.files)), limit: 500)).found == "more")
  }

  @Test("a second file of one name is refused")
  func twice() throws {
    let files = Self.files + [("set-bin/a.bin", [4, 5, 6])]
    #expect(try failure(card(gzip(tar(files)))).kind == .fileSystem)
  }

  @Test("a disk without room for what is unpacked is named before")
  func noRoom() throws {
    let failure = try failure(card(gzip(tar(Self.files)), limit: 1 << 60))
    #expect(failure.kind == .fileSystem && failure.expected == "\(1 << 60) bytes of free space")
  }

  @Test("an archive without the files leaves reports that say so")
  func incomplete() throws {
    let reports = try fetch(card(gzip(tar(Array(Self.files.prefix(2))))))
    #expect(reports.map(\.isValid) == [true, false])
  }
}
