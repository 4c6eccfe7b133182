import Datasets
import Failures
import Foundation
import TestSupport
import Testing

@Suite("DatasetFetcher", .enabled(if: LoopbackServer.isAvailable), .serialized)
struct DatasetFetcherTests {
  let remote: TemporaryFolder
  let local: TemporaryFolder
  let server: LoopbackServer

  init() throws {
    remote = try TemporaryFolder()
    local = try TemporaryFolder()
    try TinyImages.install(in: remote, path: "")
    server = try LoopbackServer(serving: remote.url)
  }

  func card(_ vice: String) -> DatasetCard {
    TinyImages.source(base: "\(server.base)/\(vice)").card
  }

  var fetcher: DatasetFetcher {
    var fetcher = DatasetFetcher(locations: local.locations)
    fetcher.pauseSeconds = 0.01
    return fetcher
  }

  /// The error of a fetch, which must leave nothing installed.
  func failure(_ card: DatasetCard) throws -> Failure {
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card) }
    #expect(!local.exists("tiny/train-images.gz"))
    return failure
  }

  @Test("installs a data set that then loads and verifies", arguments: ["plain", "ranges"])
  func install(vice: String) throws {
    var files: [Int] = []
    let reports = try fetcher.fetch(card(vice)) { files.append($0.index) }
    #expect(reports.count == 4 && reports.allSatisfy(\.isValid))
    #expect(Set(files) == [0, 1, 2, 3] && files == files.sorted())
    #expect(try local.locations.verify(card(vice)).allSatisfy(\.isValid))
    let dataset = try TinyImages.source().load(LoadOptions(locations: local.locations))
    #expect(dataset.train.count == 3)
    #expect(!local.exists("tiny/train-images.gz.part"))
  }

  @Test("leaves intact files alone and replaces damaged ones")
  func again() throws {
    let card = card("ranges")
    try fetcher.fetch(card)
    try local.write([1, 2, 3], to: "tiny/test-labels.gz")
    var fetched: [String] = []
    try fetcher.fetch(card) { fetched.append($0.file.name) }
    #expect(Set(fetched) == ["test-labels.gz"])
    #expect(try local.locations.verify(card).allSatisfy(\.isValid))
  }

  @Test("continues the part of an earlier attempt")
  func resume() throws {
    for (name, bytes) in TinyImages.contents {
      try local.write(Array(gzip(bytes).prefix(20)), to: "tiny/\(name).part")
    }
    #expect(try fetcher.fetch(card("rest")).allSatisfy(\.isValid))
  }

  @Test("begins again after a part that is wrong or cannot be continued")
  func restart() throws {
    let whole = gzip(TinyImages.trainImages)
    for part in [Array(whole.prefix(20)), [9, 9, 9], whole, whole + [0]] {
      for vice in ["ranges", "plain"] {
        try local.write(part, to: "tiny/train-images.gz.part")
        #expect(try fetcher.fetch(card(vice)).allSatisfy(\.isValid))
        #expect(!local.exists("tiny/train-images.gz.part"))
        try FileManager.default.removeItem(at: local.url.appendingPathComponent("tiny"))
      }
    }
  }

  @Test("connections that break are resumed, busy servers asked again")
  func temporaryFailures() throws {
    // Halved each time, a file takes more attempts than may bring nothing.
    #expect(try fetcher.fetch(card("cut")).allSatisfy(\.isValid))
    try FileManager.default.removeItem(at: local.url.appendingPathComponent("tiny"))
    #expect(try fetcher.fetch(card("busy")).allSatisfy(\.isValid))
  }

  @Test("a server that always ends halfway and cannot go on from there is given up")
  func breaking() throws {
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card("halves")) }
    #expect(failure.kind == .downloadFailed)
    #expect(failure.found.contains("after 3 attempts"))
  }

  @Test("gives up on a busy server after the attempts")
  func busy() throws {
    var fetcher = fetcher
    fetcher.attempts = 2
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card("busy")) }
    #expect(failure.kind == .downloadFailed)
    #expect(failure.found == "HTTP status 503 after 2 attempts")
  }

  @Test("a missing file is named with its address")
  func notFound() throws {
    let failure = try failure(card("ranges/nowhere"))
    #expect(failure.kind == .downloadFailed)
    #expect(failure.location == "\(server.base)/ranges/nowhere/train-images.gz")
    #expect(failure.found == "HTTP status 404")
    #expect(failure.remedy.contains(local.url.path + "/tiny/train-images.gz"))
  }

  @Test("an unreachable server is named first, then curl's reason")
  func unreachable() throws {
    let failure = try failure(TinyImages.source(base: "http://127.0.0.1:1").card)
    #expect(failure.kind == .unreachable)
    #expect(failure.found.contains("curl: (7)") && failure.found.contains("after 3 attempts"))
    #expect("\(failure)".hasPrefix("could not reach 127.0.0.1: expected the file train-images.gz"))
    // A name that no resolver knows (RFC 6761).
    let unknown = try self.failure(TinyImages.source(base: "http://basin.invalid").card)
    #expect("\(unknown)".hasPrefix("could not reach basin.invalid: "), "\(unknown)")
  }

  @Test("a web page is not data")
  func page() throws {
    let failure = try failure(card("page"))
    #expect(failure.kind == .downloadFailed)
    #expect(failure.found == "a web page")
    #expect(!local.exists("tiny/train-images.gz.part"))
  }

  @Test("nothing is not data")
  func empty() throws {
    let failure = try failure(card("empty"))
    #expect(failure.kind == .downloadFailed)
    #expect(failure.found == "an empty answer")
  }

  @Test("other content is refused with both digests")
  func wrongDigest() throws {
    var other = TinyImages.trainImages
    other[20] ^= 1
    try remote.write(gzip(other), to: "train-images.gz")
    let failure = try failure(card("ranges"))
    #expect(failure.kind == .wrongDigest)
    #expect(failure.expected.contains(card("ranges").files[0].contentSHA256!))
    #expect(!local.exists("tiny/train-images.gz.part"))
  }

  @Test("damaged gzip is refused")
  func damaged() throws {
    try remote.write(Array(gzip(TinyImages.trainImages).dropLast(4)), to: "train-images.gz")
    #expect(try failure(card("ranges")).kind == .malformed)
  }

  @Test("a file far longer than expected is refused before it fills the disk")
  func tooLong() throws {
    try remote.write([UInt8](repeating: 0, count: 1 << 18), to: "train-images.gz")
    let failure = try failure(card("ranges"))
    #expect(failure.kind == .downloadFailed && failure.found.contains("curl: (63)"), "\(failure)")
  }

  @Test("the next mirror is asked, and all are named if none works")
  func mirrors() throws {
    func card(_ vices: [String]) -> DatasetCard {
      let tiny = TinyImages.source().card
      return DatasetCard(
        name: tiny.name, title: "", credit: "", license: "", classNames: tiny.classNames,
        sampleShape: tiny.sampleShape, trainCount: 3, testCount: 2, origin: .files,
        files: tiny.files.map { file in
          DatasetFile(
            name: file.name, contentBytes: file.contentBytes, contentSHA256: file.contentSHA256,
            mirrors: vices.map { "\(server.base)/\($0)/\(file.name)" })
        })
    }
    let failure = try failure(card(["page", "ranges/nowhere"]))
    #expect(failure.found.contains("a web page (") && failure.found.contains("HTTP status 404 ("))
    #expect(try fetcher.fetch(card(["page", "ranges"])).allSatisfy(\.isValid))
  }

  @Test("stops when the progress says so, and keeps what has arrived")
  func stop() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) { try fetcher.fetch(card("ranges")) { _ in throw Stop() } }
    #expect(!local.exists("tiny/train-images.gz"))
  }

  /// The process that fetches is another one, which ends itself; curl goes on as it would.
  @Test("killed at any moment, no file is half there, and the next fetch installs all of them")
  func killed() async throws {
    let card = card("slow")
    for moment in [2, 5, 12] {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [base = server.base as String, root = local.url.path as String, moment = moment as Int] in
        var fetcher = DatasetFetcher(locations: DataLocations(dataRoot: root))
        fetcher.pauseSeconds = 0.01
        var calls = 0
        try fetcher.fetch(TinyImages.source(base: "\(base)/slow").card) { _ in
          calls += 1
          if calls == moment { kill(getpid(), SIGKILL) }
        }
      }
      for (name, bytes) in TinyImages.contents where local.exists("tiny/\(name)") {
        let installed = try Data(contentsOf: local.url.appendingPathComponent("tiny/\(name)"))
        #expect(Array(installed) == gzip(bytes), "\(name), killed at call \(moment)")
      }
      #expect(try fetcher.fetch(card).allSatisfy(\.isValid))
      for (name, bytes) in TinyImages.contents {
        let installed = try Data(contentsOf: local.url.appendingPathComponent("tiny/\(name)"))
        #expect(Array(installed) == gzip(bytes))
        #expect(!local.exists("tiny/\(name).part"))
      }
      try FileManager.default.removeItem(at: local.url.appendingPathComponent("tiny"))
    }
  }

  @Test("a place that is no file's is refused, and left as it is") func noFile() throws {
    try local.write([], to: "tiny/other")
    let path = local.url.appendingPathComponent("tiny/train-images.gz").path
    #expect(mkfifo(path, 0o600) == 0)
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card("plain")) }
    #expect(failure.kind == .fileSystem && failure.found == "a folder, device or pipe")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test("curl that is not there is asked for")
  func noCurl() throws {
    let fetcher = DatasetFetcher(locations: local.locations, environment: ["PATH": local.url.path])
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card("plain")) }
    #expect(failure.kind == .toolMissing)
    #expect(failure.description.contains("apt install curl"))
  }

  @Test("a folder that cannot be made is named")
  func unwritable() throws {
    try local.write([], to: "tiny")
    let failure = try #require(throws: Failure.self) { try fetcher.fetch(card("plain")) }
    #expect(failure.kind == .fileSystem)
    #expect(failure.location == local.url.path + "/tiny/train-images.gz")
  }

  @Test("a full disk is named", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let folder = local.url.appendingPathComponent("tiny")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/train-images.gz.part", withDestinationPath: "/dev/full")
    let failure = try failure(card("ranges"))
    #expect(failure.kind == .fileSystem, "\(failure)")
    #expect(failure.remedy.contains("free space"))
  }

  @Test("sets without files need nothing")
  func withoutFiles() throws {
    #expect(try fetcher.fetch(Digits().card).isEmpty)
    #expect(try fetcher.fetch(SpiralArms().card).isEmpty)
  }
}
