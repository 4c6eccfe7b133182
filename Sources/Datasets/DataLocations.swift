import Foundation

/// The folders in which data sets are looked for, each set in a subfolder of its name.
public struct DataLocations: Sendable, Equatable {
  /// A folder that holds data sets, and how it came to be one.
  public struct Root: Sendable, Equatable {
    /// The flag, variable or convention that names the folder, such as `$BASIN_DATA`.
    public let origin: String
    /// The folder.
    public let folder: URL
  }

  /// The folders, those to be looked at first first; never empty.
  public let roots: [Root]

  /// Lists the folder of `--data-root`, that of `$BASIN_DATA` and the user's cache, where given.
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

  /// The folder that holds every file of the data set.
  ///
  /// - Throws: `DatasetError` of kind `missingData` that names each folder looked at.
  public func folder(of card: DatasetCard) throws(DatasetError) -> URL {
    for (_, folder) in folders(of: card) where missingFiles(of: card, in: folder).isEmpty {
      return folder
    }
    throw missingData(card)
  }

  /// The first folder that holds any file of the data set.
  func folderOfAnyFile(of card: DatasetCard) throws(DatasetError) -> URL {
    for (_, folder) in folders(of: card)
    where missingFiles(of: card, in: folder).count < card.files.count {
      return folder
    }
    throw missingData(card)
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

  private func missingData(_ card: DatasetCard) -> DatasetError {
    let places = folders(of: card).map { root, folder in
      let missing = missingFiles(of: card, in: folder)
      let state =
        missing.count == card.files.count
        ? "none" : "no " + missing.map(\.name).joined(separator: ", ")
      return "\(state) in \(folder.path) (\(root.origin))"
    }
    let first = card.files.first?.name ?? "its files"
    let others = card.files.count > 1 ? " and \(card.files.count - 1) more" : ""
    return DatasetError(
      .missingData, at: card.name, expected: "\(first)\(others)",
      found: places.joined(separator: "; "),
      remedy: "Run `basin data fetch \(card.name)`, or give the folder that holds "
        + "\(card.name)/ as --data-root or $BASIN_DATA.")
  }
}
