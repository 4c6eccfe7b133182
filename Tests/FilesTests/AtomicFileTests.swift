import Failures
import Files
import Foundation
import Testing

@Suite("Files that are there as a whole or not at all")
final class AtomicFileTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("basin-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  @Test("A file is replaced with its permissions, and nothing is left beside it")
  func replacing() throws {
    try AtomicFile.write("first".utf8, to: path("a"))
    chmod(path("a"), 0o640)
    try AtomicFile.write("second".utf8, to: path("a"))
    #expect(try text("a") == "second" && names == ["a"])
    let mode = try FileManager.default.attributesOfItem(atPath: path("a"))[.posixPermissions]
    #expect(mode as? Int == 0o640)
  }

  @Test("A link is followed, and stays one") func links() throws {
    try FileManager.default.createSymbolicLink(
      atPath: path("link"), withDestinationPath: path("a"))
    #expect(AtomicFile.obstacle(at: path("link")) == "a link to nothing")
    #expect(throws: Failure.self) { try AtomicFile.write("x".utf8, to: self.path("link")) }
    try AtomicFile.write("first".utf8, to: path("a"))
    try AtomicFile.write("second".utf8, to: path("link"))
    #expect(try text("a") == "second" && names == ["a", "link"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("a"))
  }

  @Test("Whatever is no file is left as it is") func obstacles() throws {
    try FileManager.default.createDirectory(
      atPath: path("folder"), withIntermediateDirectories: true)
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    let socket = socket(AF_UNIX, streamSocket, 0)
    defer { close(socket) }
    // The path that a socket is bound to has to be short, and that of the folder may not be.
    let descriptor = open(folder.path, O_RDONLY)
    defer { close(descriptor) }
    #if os(Linux)
      let place = "/proc/self/fd/\(descriptor)/socket"
    #else
      let place = path("socket")
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(place.utf8)) }
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isBound)
    for (place, found) in [
      (path("folder"), "a folder"), (path("pipe"), "a pipe"), (path("socket"), "a socket"),
      ("/dev/null", "a device"),
    ] {
      #expect(AtomicFile.obstacle(at: place) == found)
      let error = #expect(throws: Failure.self) {
        try AtomicFile.write("x".utf8, to: place)
      }
      #expect(error?.found == found && error?.location == place)
      #expect(AtomicFile.obstacle(at: place) == found)
    }
    #expect(AtomicFile.obstacle(at: path("new")) == nil)
    #expect(try names == ["folder", "pipe", "socket"])
  }

  #if os(Linux)
    private let streamSocket = Int32(SOCK_STREAM.rawValue)
  #else
    private let streamSocket = SOCK_STREAM
  #endif

  @Test("A folder that is not there is named") func missing() {
    let error = #expect(throws: Failure.self) {
      try AtomicFile.write("x".utf8, to: self.path("missing/a"))
    }
    #expect(
      error?.description == "\(path("missing/a")): expected a place that can be written to, found "
        + "No such file or directory. Check that the folder is there, has room and may be written to."
    )
  }

  @Test("Parts of writers that are gone are removed, those of others stay") func remains() throws {
    let stale = ["a.12.345.part", "model.safetensors.7.4294967295.part"]
    let others = ["a.part", "a.12.part", "a.x.5.part", "a.12.345.part.gz", "b.1.2.part"]
    for name in stale + others { try Data([1]).write(to: folder.appendingPathComponent(name)) }
    let writer = open(path("b.1.2.part"), O_RDONLY)
    #expect(flock(writer, LOCK_EX | LOCK_NB) == 0)
    AtomicFile.removeRemains(in: folder.path)
    #expect(try names == others.sorted())
    close(writer)
    AtomicFile.removeRemains(in: folder.path)
    #expect(try names == others.filter { $0 != "b.1.2.part" }.sorted())
  }
}
