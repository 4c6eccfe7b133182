import Failures
import Foundation

/// The folders in which data sets are looked for, each set in a subfolder of its name.
///
/// A folder that a flag names is the only one: a set that is not there, or not whole, is not looked for
/// elsewhere. Of the others, the first that has any file of a set is the one, and has to have them all.
public struct DataLocations: Sendable, Equatable {
  /// A folder that holds data sets, and how it came to be one.
  public struct Root: Sendable, Equatable {
    /// The flag, variable or convention that names the folder, such as `$BASIN_DATA`.
    public let origin: String
    /// Where sets are looked for, each in a folder of its name; it need not exist.
    public let folder: URL
  }

  /// The folders, those to be looked at first first; never empty.
  public let roots: [Root]

  /// The folder of `--data-root` where given, else that of `$BASIN_DATA`, where set, and the user's
  /// cache.
  ///
  /// The cache is `$XDG_CACHE_HOME/basin`, or `~/.cache/basin` where that variable is unset, empty
  /// or, as the XDG specification asks, relative.
  public init(
    dataRoot: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    var roots: [Root] = []
    func append(_ origin: String, _ path: String?) {
      guard let path, !path.isEmpty else { return }
      let folder = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
      roots.append(Root(origin: origin, folder: folder))
    }
    append("--data-root", dataRoot)
    guard roots.isEmpty else {
      self.roots = roots
      return
    }
    append("$BASIN_DATA", environment["BASIN_DATA"])
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
      append("$XDG_CACHE_HOME", cache + "/basin")
    } else {
      let home = FileManager.default.homeDirectoryForCurrentUser.path
      append(
        "the cache",
        (environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home)
          + "/.cache/basin")
    }
    self.roots = roots
  }

  /// The folder in which a fetched data set is installed: that of the first root.
  public func installationFolder(of card: DatasetCard) -> URL {
    roots[0].folder.appendingPathComponent(card.name, isDirectory: true)
  }

  /// The folder that holds every file of the data set, in the first root that has any of them.
  ///
  /// - Throws: `Failure` of kind `missing` that names each folder looked at.
  public func folder(of card: DatasetCard) throws(Failure) -> URL {
    let folder = try folderOfAnyFile(of: card)
    guard missingFiles(of: card, in: folder).isEmpty else { throw missingData(card) }
    return folder
  }

  /// The first folder that holds any file of the data set; of those in one root, one that holds all.
  func folderOfAnyFile(of card: DatasetCard) throws(Failure) -> URL {
    let folders = foldersInUse(of: card) { folder in
      missingFiles(of: card, in: folder).count < card.files.count
    }
    let whole = folders.first { missingFiles(of: card, in: $0).isEmpty }
    guard let folder = whole ?? folders.first else { throw missingData(card) }
    return folder
  }

  /// The folders of a data set that have anything of it, all in the first root that has such.
  func foldersInUse(of card: DatasetCard, where hasAny: (URL) -> Bool) -> [URL] {
    let folders = folders(of: card)
    for root in roots {
      let inUse = folders.filter { $0.root == root && hasAny($0.folder) }
      if !inUse.isEmpty { return inUse.map(\.folder) }
    }
    return []
  }

  /// The path of a file in its folder, as published or unpacked; nil if it is not there.
  func path(of file: DatasetFile, in folder: URL) -> URL? {
    file.acceptedNames.lazy.map { folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Where the files of a data set may be: each root's folder for it, and the folder below that its
  /// archive unpacks to.
  func folders(of card: DatasetCard) -> [(root: Root, folder: URL)] {
    roots.flatMap { root in
      let folder = root.folder.appendingPathComponent(card.name, isDirectory: true)
      let unpacked = card.archive.map {
        folder.appendingPathComponent($0.folder, isDirectory: true)
      }
      return ([folder] + [unpacked].compactMap { $0 }).map { (root, $0) }
    }
  }

  private func missingFiles(of card: DatasetCard, in folder: URL) -> [DatasetFile] {
    card.files.filter { path(of: $0, in: folder) == nil }
  }

  private func missingData(_ card: DatasetCard) -> Failure {
    let places = folders(of: card).map { root, folder in
      let missing = missingFiles(of: card, in: folder)
      let state =
        missing.count == card.files.count
        ? "none" : "no " + missing.map(\.name).joined(separator: ", ")
      return "\(state) in \(folder.path) (\(root.origin))"
    }
    let first = card.files.first?.name ?? "its files"
    let others = card.files.count > 1 ? " and \(card.files.count - 1) more" : ""
    return Failure(
      .missing, at: card.name, expected: "\(first)\(others)",
      found: places.joined(separator: "; "),
      remedy: "Run `basin data fetch \(card.name)`\(fetchOption), or give the folder that holds "
        + "\(card.name)/ as --data-root or $BASIN_DATA.")
  }

  /// What to add to `basin data fetch` for the set to come to the root that was asked for.
  var fetchOption: String {
    roots[0].origin == "--data-root" ? " with the same --data-root" : ""
  }
}
