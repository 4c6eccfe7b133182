import Datasets
import Failures
import Files
import Foundation
import NeuralNetworks
import Runs

extension CommandFiles {
  /// Makes sure that every destination is a file, or may become one, that the command does not read and
  /// that is not one of a run's own; and removes what killed writers have left beside it.
  ///
  /// - Throws: `InvalidOption`, or `Failure` for a folder that is not there or not writable.
  func check() throws {
    var places: [[String]: String] = [:]
    for destination in destinations {
      try check(kindOf: destination)
      let place = Place(destination.path)
      if let other = places.updateValue(destination.name, forKey: place.key) {
        throw InvalidOption(
          "\(destination.name) \(destination.path): expected another file than that of \(other), "
            + "found the same. Choose another name.")
      }
      try check(place, of: destination)
      AtomicFile.removeRemains(in: destination.kind == .folderOfRuns ? place.path : place.folder)
    }
  }

  private func check(kindOf destination: Destination) throws {
    let obstacle = AtomicFile.obstacle(at: destination.path)
    let identity = FileIdentity(destination.path)
    guard obstacle != nil || identity != nil else { return }
    // `/dev/stdout` leads to a file where standard output was sent to one.
    let isStream = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].contains {
      identity == FileIdentity(stream: $0)
    }
    let found = obstacle ?? (isStream ? "a standard stream" : "a file")
    let expected = destination.kind == .file ? "a file" : "a folder"
    guard found != expected else { return }
    throw InvalidOption(
      "\(destination.name) \(destination.path): expected \(expected), or the name of a new one, "
        + "found \(found). Choose another name; standard output has the result in any case.")
  }

  private func check(_ place: Place, of destination: Destination) throws {
    func refuse(_ expected: String, _ found: String) -> InvalidOption {
      InvalidOption(
        "\(destination.name) \(destination.path): expected \(expected), found \(found). "
          + "Choose another name.")
    }
    if let identity = FileIdentity(destination.path) {
      if let source = filesRead.first(where: { FileIdentity($0) == identity }) {
        guard isOwn(place, of: destination) else {
          throw refuse("a file that the command does not read", "\(source), which it reads")
        }
      }
      let folders = Set(foldersRead.compactMap { FileIdentity($0) })
      if let folder = place.ancestors.first(where: {
        FileIdentity($0).map(folders.contains) ?? false
      }) {
        throw refuse("a file that the command does not read", "one in \(folder), which it reads")
      }
    }
    for folder in place.ancestors where RunFolder(folder).isRun {
      if folder == place.path {
        switch destination.kind {
        case .file: continue
        case .folderOfRuns: throw refuse("a folder that holds runs", "a run itself")
        case .run:
          guard !runsRead.contains(where: { FileIdentity($0) == FileIdentity(folder) }) else {
            throw refuse("a new folder", "that of the run that it reads")
          }
          continue
        }
      }
      let name = String(place.path.dropFirst(folder.count + 1))
      guard RunFolder(folder).owns(name), !isOwn(place, of: destination) else { continue }
      throw refuse("a file that is not a run's own", "\(name) of a run")
    }
    if destination.kind == .file { try requireWritable(place, for: destination) }
  }

  /// Whether a place is the file that a result is kept in anyway, in the folder of a run that is read.
  private func isOwn(_ place: Place, of destination: Destination) -> Bool {
    guard let name = destination.ownFile, place.name == name else { return false }
    return runsRead.contains { FileIdentity($0) == FileIdentity(place.folder) }
  }

  private func requireWritable(_ place: Place, for destination: Destination) throws {
    guard access(place.folder, W_OK | X_OK) != 0 else { return }
    throw Failure.unwritable(destination.path, String(cString: strerror(errno)))
  }

  // MARK: - What is read

  private var runsRead: [String] {
    sources.compactMap { if case .run(let path) = $0 { path } else { nil } }
  }

  /// Files that are read, one by one.
  private var filesRead: [String] {
    sources.flatMap { source -> [String] in
      switch source {
      case .path(let path): [path]
      case .run(let path):
        (AtomicFile.obstacle(at: path) == nil ? [path] : RunFolder(path).contents.map(\.path))
          + Self.dataSets(of: path).flatMap { Self.places(of: $0, areFolders: false) }
      case .dataSet(let name): Self.places(of: name, areFolders: false)
      case .data: []
      }
    }
  }

  /// Folders that are read as a whole.
  private var foldersRead: [String] {
    sources.flatMap { source -> [String] in
      switch source {
      case .path(let path): AtomicFile.obstacle(at: path) == "a folder" ? [path] : []
      case .run(let path):
        Self.dataSets(of: path).flatMap { Self.places(of: $0, areFolders: true) }
      case .dataSet(let name): Self.places(of: name, areFolders: true)
      case .data(let options):
        options.locations.roots.flatMap { root in
          DatasetCatalog.sources.map { root.folder.appendingPathComponent($0.card.name).path }
        }
      }
    }
  }

  /// The names of the data that a run learnt from.
  private static func dataSets(of run: String) -> [String] {
    ((try? ConfigurationOverride.file(at: RunFolder(run).configuration)) ?? []).compactMap(
      \.dataSet)
  }

  /// Folders, or files, of a user's own data; none of another data set.
  private static func places(of dataSet: String, areFolders: Bool) -> [String] {
    DatasetCatalog.places(named: dataSet).map(\.path).filter {
      (AtomicFile.obstacle(at: $0) == "a folder") == areFolders
    }
  }
}

/// Where a destination is, or will be.
private struct Place {
  /// Links resolved, if it is there; else with those of the folder resolved.
  let path: String
  let folder: String
  let name: String

  init(_ path: String) {
    let url = URL(fileURLWithPath: path)
    let resolved = Self.resolved(url.path)
    let parent = Self.resolved(url.deletingLastPathComponent().path)
    self.path =
      resolved ?? (parent ?? url.deletingLastPathComponent().path) + "/" + url.lastPathComponent
    let target = URL(fileURLWithPath: self.path)
    folder = target.deletingLastPathComponent().path
    name = target.lastPathComponent
  }

  private static func resolved(_ path: String) -> String? {
    guard let target = realpath(path, nil) else { return nil }
    defer { free(target) }
    return String(cString: target)
  }

  /// Equal for places that are or will be the same file.
  var key: [String] { [folder, name.lowercased()] }

  /// The place itself and all folders around it.
  var ancestors: [String] {
    var url = URL(fileURLWithPath: path)
    var paths = [url.path]
    while url.path != "/" {
      url = url.deletingLastPathComponent()
      paths.append(url.path)
    }
    return paths
  }
}
