import Failures
import Files
import Foundation

/// Unpacks the archive of a data set beside it: all of it or nothing.
///
/// The files go to a folder of a temporary name, which takes the place of the real one at the end.
struct ArchiveUnpacking {
  let archive: DatasetArchive
  /// The folder of the data set, which holds the archive and will hold what is in it.
  let folder: URL

  /// Where the files will be.
  var destination: URL { folder.appendingPathComponent(archive.folder, isDirectory: true) }

  private var location: URL { folder.appendingPathComponent(archive.file.name) }

  /// Unpacks the archive, which is intact, and replaces what was unpacked before.
  ///
  /// - Parameter progress: Told how many bytes are written; may throw to stop.
  /// - Throws: `Failure` of kind `malformed` for an archive that cannot be read or that names
  ///   a file outside its folder, `fileSystem`, or what `progress` throws.
  func unpack(progress: (Int) throws -> Void = { _ in }) throws {
    let files = FileManager.default
    let temporary = folder.appendingPathComponent(".\(archive.folder).unpacking")
    do {
      try? files.removeItem(at: temporary)
      try files.createDirectory(at: temporary, withIntermediateDirectories: true)
      try write(to: temporary, progress: progress)
      try? files.removeItem(at: destination)
      try files.moveItem(
        at: temporary.appendingPathComponent(archive.folder), to: destination)
      try files.removeItem(at: temporary)
    } catch {
      try? files.removeItem(at: temporary)
      guard let failure = error as? CocoaError else { throw error }
      throw Failure(
        .fileSystem, at: destination.path, expected: "a place that can be written to",
        found: failure.localizedDescription,
        remedy: "Check the permissions and the free space, or choose another folder by --data-root."
      )
    }
  }

  private func write(to temporary: URL, progress: (Int) throws -> Void) throws {
    let packed = try FileContent(
      of: location, limit: archive.file.contentBytes, unpacks: false
    ).bytes
    var written = 0
    var folders: Set<String> = []
    func write(_ name: String, _ size: Int, _ content: () throws -> [UInt8]) throws {
      try check(name)
      guard !archive.omittedFolders.contains(where: { name.hasPrefix("\(archive.folder)/\($0)/") })
      else { return }
      guard size <= archive.unpackedLimit - written else {
        throw failure("at most \(archive.unpackedLimit) bytes", "more")
      }
      let path = temporary.appendingPathComponent(name)
      let parent = path.deletingLastPathComponent()
      if folders.insert(parent.path).inserted {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      }
      // A second file of the same name is refused: only one can be the publisher's.
      try Data(content()).write(to: path, options: .withoutOverwriting)
      written += size
      try progress(written)
    }
    if archive.file.name.hasSuffix(".zip") {
      let zip = try ZipArchive(content: packed, location: location.path)
      for entry in zip.entries { try write(entry.name, entry.size) { try zip.content(of: entry) } }
    } else {
      // A tar archive is longer than its files by a header and less than a block for each.
      let limit = archive.unpackedLimit + (1 << 20)
      let content =
        Gzip.isGzip(packed)
        ? try Gzip.inflated(packed, limit: limit, location: location.path) : packed
      for entry in try TarArchive(content: content, location: location.path).entries {
        try write(entry.name, entry.range.count) { Array(content[entry.range]) }
      }
    }
    guard written > 0 else { throw failure("files in \(archive.folder)/", "none") }
  }

  /// Refuses a name that leads out of the archive's folder.
  private func check(_ name: String) throws(Failure) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isInside =
      parts.count > 1 && parts[0] == archive.folder
      && parts.allSatisfy {
        !["", ".", ".."].contains($0) && !$0.contains { $0 == "\\" || $0 == "\0" }
      }
    guard isInside else {
      throw failure("names inside \(archive.folder)/", "\"\(name.echoed())\"")
    }
  }

  private func failure(_ expected: String, _ found: String) -> Failure {
    Failure(
      .malformed, at: location.path, expected: "an archive of \(expected)", found: found,
      remedy: "This is not the publisher's archive; delete it and fetch it again.")
  }
}
