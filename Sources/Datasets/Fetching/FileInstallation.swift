import Failures
import Foundation

/// One file on its way into its folder: the part that has arrived, and the place it will take.
struct FileInstallation {
  /// The entry of the manifest.
  let file: DatasetFile
  /// Where the file will be.
  let destination: URL
  /// Where it grows.
  let part: URL

  /// Names the places of a file in its folder.
  init(_ file: DatasetFile, in folder: URL) {
    self.file = file
    destination = folder.appendingPathComponent(file.name)
    part = folder.appendingPathComponent(file.name + ".part")
  }

  /// What the user can do if the file cannot be downloaded.
  var remedy: String {
    "Check the network and run the command again, it continues where it stopped; or put a copy of "
      + "the file at \(destination.path)."
  }

  /// The most bytes to accept: gzip is never much longer than its content.
  var sizeLimit: Int { file.contentBytes + (1 << 16) }

  /// The number of bytes that have arrived, zero if there is no part.
  var partSize: Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: part.path)
    return attributes?[.size] as? Int ?? 0
  }

  /// Makes the folder and checks that the disk has room for the download, and that the file's place is
  /// that of a file.
  ///
  /// - Throws: `Failure` of kind `fileSystem`.
  func prepare() throws(Failure) {
    let folder = destination.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw unwritable((error as NSError).localizedDescription)
    }
    var status = stat()
    guard stat(destination.path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw unwritable("a folder, device or pipe")
    }
    try checkRoom(for: (file.downloadBytes ?? file.contentBytes) - partSize)
  }

  /// Checks that the disk has room for so many bytes.
  ///
  /// - Throws: `Failure` of kind `fileSystem`.
  func checkRoom(for needed: Int) throws(Failure) {
    let folder = destination.deletingLastPathComponent()
    let free: Int?
    do {
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
      free = (attributes[.systemFreeSize] as? NSNumber)?.intValue
    } catch {
      throw unwritable((error as NSError).localizedDescription)
    }
    if let free, free < needed {
      throw Failure(
        .fileSystem, at: folder.path, expected: "\(needed) bytes of free space",
        found: "\(free)", remedy: "Free some space, or choose another folder by --data-root.")
    }
  }

  /// Checks the part and renames it to its place.
  ///
  /// - Throws: `Failure` of kind `downloadFailed` for nothing or an HTML page, `malformed` or
  ///   `wrongDigest` for other content, after the part is deleted; `fileSystem` if the part cannot
  ///   be read or renamed.
  func finish() throws(Failure) {
    guard partSize > 0 else {
      throw Failure(
        .downloadFailed, at: file.name, expected: "data", found: "an empty answer", remedy: remedy)
    }
    do {
      let content = try FileContent(
        of: part, limit: file.contentBytes, unpacks: !file.isArchive)
      try checkIsNoPage(content.bytes)
      try content.check(against: file)
    } catch  where error.kind != .fileSystem {
      try discardPart()
      throw error
    }
    guard rename(part.path, destination.path) == 0 else {
      throw unwritable(String(cString: strerror(errno)))
    }
  }

  /// Why what arrived from an address cannot be installed; nil once it is.
  func failureToFinish(from address: String) -> Failure? {
    do {
      try finish()
      return nil
    } catch  where error.kind == .fileSystem {
      return error
    } catch {
      return Failure(
        error.kind, at: address, expected: error.expected, found: error.found, remedy: remedy)
    }
  }

  /// Deletes the part.
  func discardPart() throws(Failure) {
    do {
      try FileManager.default.removeItem(at: part)
    } catch {
      throw unwritable((error as NSError).localizedDescription)
    }
  }

  /// The error of a place that cannot be written to.
  func unwritable(_ reason: String) -> Failure {
    Failure(
      .fileSystem, at: destination.path, expected: "a place that can be written to",
      found: reason,
      remedy: "Check the permissions and the free space, or choose another folder by --data-root.")
  }

  /// Portals, proxies and moved files answer with a page and the status of a success.
  private func checkIsNoPage(_ content: [UInt8]) throws(Failure) {
    let start = String(decoding: content.prefix(512), as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    guard ["<!doctype html", "<html", "<?xml"].contains(where: start.hasPrefix) else { return }
    throw Failure(
      .downloadFailed, at: file.name, expected: "data", found: "a web page",
      remedy: "Sign in to the network if it asks so, then run the command again.")
  }
}
