import Datasets
import Failures
import Foundation
import TestSupport
import Testing

@Suite("DataLocations")
struct DataLocationsTests {
  @Test("are the flag's alone, else those of the variable and the cache, in this order")
  func order() {
    let environment = ["BASIN_DATA": "/variable", "XDG_CACHE_HOME": "/cache", "HOME": "/home/me"]
    let asked = DataLocations(dataRoot: "/flag", environment: environment)
    #expect(asked.roots.map(\.folder.path) == ["/flag"])
    #expect(asked.roots.map(\.origin) == ["--data-root"])
    let usual = DataLocations(environment: environment)
    #expect(usual.roots.map(\.folder.path) == ["/variable", "/cache/basin"])
    #expect(usual.roots.map(\.origin) == ["$BASIN_DATA", "$XDG_CACHE_HOME"])
  }

  @Test("the cache is in the home folder unless the variable is an absolute path")
  func cache() {
    for cache in [nil, "", "relative"] {
      var environment = ["HOME": "/home/me", "BASIN_DATA": ""]
      environment["XDG_CACHE_HOME"] = cache
      let locations = DataLocations(environment: environment)
      #expect(locations.roots.map(\.folder.path) == ["/home/me/.cache/basin"])
    }
    #expect(DataLocations(environment: [:]).roots.count == 1)
  }

  @Test("the first folder that has any file of a set is the one, and has to have all")
  func firstWithFiles() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    try TinyImages.install(in: second, path: "basin/tiny/")
    let locations = DataLocations(
      environment: ["BASIN_DATA": first.url.path, "XDG_CACHE_HOME": second.url.path])
    let card = TinyImages.source().card
    #expect(try locations.folder(of: card).path == second.url.path + "/basin/tiny")
    #expect(locations.installationFolder(of: card).path == first.url.path + "/tiny")
    try first.write([], to: "tiny/train-images.gz")
    let message = message { _ = try locations.folder(of: card) }
    #expect(
      message.contains("no train-labels.gz, test-images.gz, test-labels.gz in \(first.url.path)"))
  }

  @Test("a set that is not in the folder of the flag is not looked for elsewhere")
  func asked() throws {
    let (asked, other) = (try TemporaryFolder(), try TemporaryFolder())
    try TinyImages.install(in: other)
    let locations = DataLocations(
      dataRoot: asked.url.path, environment: ["BASIN_DATA": other.url.path])
    let source = TinyImages.source()
    let message = message { _ = try source.load(LoadOptions(locations: locations)) }
    #expect(message.contains("found none in \(asked.url.path)/tiny (--data-root). Run `basin data"))
    #expect(throws: Failure.self) { try source.verify(in: locations) }
    for set in DatasetCatalog.sources where set.card.origin == .files {
      #expect(throws: Failure.self) { try set.folder(in: locations) }
    }
  }

  @Test("missing data are reported with every place and the remedy")
  func missing() throws {
    let folder = try TemporaryFolder()
    try TinyImages.install(in: folder)
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("tiny/test-labels.gz"))
    let root = folder.url.path
    let options = LoadOptions(locations: folder.locations)
    let message = message { _ = try TinyImages.source().load(options) }
    #expect(
      message
        == "tiny: expected train-images.gz and 3 more, found no test-labels.gz in \(root)/tiny "
        + "(--data-root). Run `basin data fetch tiny` with the same --data-root, or give the folder "
        + "that holds tiny/ as --data-root or $BASIN_DATA.")
  }

  @Test("verification reports on each file")
  func verify() throws {
    let folder = try TemporaryFolder()
    let card = TinyImages.source().card
    #expect(throws: Failure.self) { try folder.locations.verify(card) }
    try TinyImages.install(in: folder, replacing: ["train-labels.gz": idx([3], [1, 1, 1])])
    try folder.write([0x1F, 0x8B, 8], to: "tiny/test-images.gz")
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("tiny/test-labels.gz"))
    let reports = try folder.locations.verify(card)
    #expect(reports.map(\.file.name) == card.files.map(\.name))
    #expect(reports[0].isValid && reports[3].status == .missing)
    guard case .invalid(let wrong) = reports[1].status, case .invalid(let cut) = reports[2].status
    else {
      Issue.record("\(reports)")
      return
    }
    #expect(wrong.kind == .wrongDigest && wrong.found.contains("of 11 bytes"))
    #expect(cut.kind == .malformed)
  }

  @Test("embedded sets verify inside the program, generated ones have nothing to verify")
  func withoutFiles() throws {
    let locations = DataLocations(environment: [:])
    #expect(try locations.verify(Digits().card).map(\.isValid) == [true, true])
    #expect(try locations.verify(SpiralArms().card).isEmpty)
  }
}
