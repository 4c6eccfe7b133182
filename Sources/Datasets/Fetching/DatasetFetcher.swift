import Failures
import Files
import Foundation

/// Downloads the files of a data set, checks each against the manifest and installs it.
///
/// A file arrives as `NAME.part` beside its place and is renamed once its digest is right, so an
/// installed file is always a whole one. A part left by an earlier attempt is continued. An archive
/// is unpacked under a temporary name, renamed, and deleted. Several fetches of one data set wait for
/// each other, and one that follows on another that was killed waits for what that has started.
public struct DatasetFetcher: Sendable {
  /// How far a download has come.
  public struct Progress: Sendable, Equatable {
    /// The file under way.
    public let file: DatasetFile
    /// Its place among the files of the data set, from 0.
    public let index: Int
    /// Bytes that have arrived, those of earlier attempts included.
    public let receivedBytes: Int
  }

  /// Where files are installed: in the folder of the first root.
  public var locations: DataLocations
  /// Attempts in a row at each address that bring nothing new, while failures look temporary; at least one.
  public var attempts = 3
  /// Seconds before the second attempt of a row; each later one waits twice as long.
  public var pauseSeconds = 1.0
  private let environment: [String: String]

  /// Creates a fetcher that finds `curl` by the `PATH` of the environment.
  public init(
    locations: DataLocations,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.locations = locations
    self.environment = environment
  }

  /// Installs every file of the data set that is not installed and intact already.
  ///
  /// - Parameters:
  ///   - card: The data set.
  ///   - progress: Called many times a second. It may throw to stop; what has arrived is kept for
  ///     the next time.
  /// - Returns: A report on each file, all valid; empty for a set that needs no files. Of an archive of
  ///   too many files to list, the report is on the archive, and its path the folder.
  /// - Throws: `Failure` of kind `downloadFailed`, `toolMissing`, `wrongDigest`,
  ///   `malformed` or `fileSystem`, or whatever `progress` throws.
  @discardableResult
  public func fetch(
    _ card: DatasetCard, progress: (Progress) throws -> Void = { _ in }
  ) throws -> [FileReport] {
    guard card.origin == .files else { return [] }
    if let archive = card.archive { return try fetch(archive, of: card, progress: progress) }
    let folder = locations.installationFolder(of: card)
    return try card.files.enumerated().map { index, file in
      try fetch(file, to: folder) { received in
        try progress(Progress(file: file, index: index, receivedBytes: received))
      }
    }
  }

  /// Downloads and unpacks an archive unless its files are there.
  private func fetch(
    _ archive: DatasetArchive, of card: DatasetCard, progress: (Progress) throws -> Void
  ) throws -> [FileReport] {
    let folder = locations.installationFolder(of: card)
    let unpacking = ArchiveUnpacking(archive: archive, folder: folder)
    let contents = [folder, unpacking.destination]
    func reports(in folder: URL) -> [FileReport] {
      card.files.map { locations.report(on: $0, in: folder) }
    }
    let isThere = contents.contains {
      card.files.isEmpty
        ? FileManager.default.fileExists(atPath: $0.appendingPathComponent("train").path)
        : reports(in: $0).allSatisfy(\.isValid)
    }
    if !isThere {
      let installed = try fetch(archive.file, to: folder) { received in
        try progress(Progress(file: archive.file, index: 0, receivedBytes: received))
      }
      let lock = try? FolderLock(folder, isPatient: true)
      defer { withExtendedLifetime(lock) {} }
      try FileInstallation(archive.file, in: folder).checkRoom(for: archive.unpackedLimit)
      try unpacking.unpack { _ in
        try progress(
          Progress(file: archive.file, index: 0, receivedBytes: archive.file.contentBytes))
      }
      try? FileManager.default.removeItem(atPath: installed.path)
    }
    guard !card.files.isEmpty else {
      let place = isThere ? "\(folder.path)" : unpacking.destination.path
      return [FileReport(file: archive.file, path: place, status: .valid)]
    }
    let found = contents.map(reports).first { $0.allSatisfy(\.isValid) }
    return found ?? reports(in: unpacking.destination)
  }

  private func fetch(
    _ file: DatasetFile, to folder: URL, progress: (Int) throws -> Void
  ) throws -> FileReport {
    let present = locations.report(on: file, in: folder)
    if present.isValid { return present }
    let installation = FileInstallation(file, in: folder)
    var curl = try Curl(environment: environment)
    try installation.prepare()
    let lock = try? FolderLock(folder, isPatient: true)
    if let lock { curl.input = lock.stream }
    // Whoever had the lock may have installed it.
    if !locations.report(on: file, in: folder).isValid {
      try install(installation, with: curl, progress: progress)
    }
    withExtendedLifetime(lock) {}
    return FileReport(file: file, path: installation.destination.path, status: .valid)
  }

  private func install(
    _ installation: FileInstallation, with curl: Curl, progress: (Int) throws -> Void
  ) throws {
    // A part that is complete already, because only the renaming was left, needs no network.
    if installation.partSize == installation.file.downloadBytes,
      (try? installation.finish()) != nil
    {
      return
    }
    var failures: [Failure] = []
    for address in installation.file.mirrors {
      do {
        try install(installation, from: address, with: curl, progress: progress)
        return
      } catch let failure as Failure where failure.kind != .fileSystem {
        failures.append(failure)
      }
    }
    throw Self.summary(of: failures, installation)
  }

  private func install(
    _ installation: FileInstallation, from address: String, with curl: Curl,
    progress: (Int) throws -> Void
  ) throws {
    var attempt = 1
    // A connection that breaks again and again but goes on from where it was comes to an end.
    var furthest = installation.partSize
    while true {
      let isFresh = installation.partSize == 0
      let outcome = try curl.download(
        address, to: installation.part, sizeLimit: installation.sizeLimit
      ) { try progress(installation.partSize) }
      try progress(installation.partSize)
      switch outcome.verdict {
      case .complete:
        let failure = installation.failureToFinish(from: address)
        guard let failure else { return }
        // A part of an earlier attempt may have been at fault: once more, without it.
        if isFresh || failure.kind == .fileSystem { throw failure }
      case .restart where !isFresh:
        try installation.discardPart()
      case .retry where installation.partSize > furthest:
        furthest = installation.partSize
        attempt = 1
        Thread.sleep(forTimeInterval: pauseSeconds)
      case .retry where attempt < attempts, .unreachable where attempt < attempts:
        Thread.sleep(forTimeInterval: pauseSeconds * Double(1 << (attempt - 1)))
        attempt += 1
      case .unwritable:
        throw installation.unwritable(outcome.summary)
      case .retry, .unreachable, .restart, .refused:
        let isUnreachable = outcome.verdict == .unreachable
        throw Failure(
          isUnreachable ? .unreachable : .downloadFailed,
          at: isUnreachable ? URL(string: address)?.host() ?? address : address,
          expected: "the file \(installation.file.name)",
          found: outcome.summary + (attempt > 1 ? " after \(attempt) attempts" : ""),
          remedy: installation.remedy)
      }
    }
  }

  /// One error for all the addresses that were tried, of the kind of the last.
  private static func summary(
    of failures: [Failure], _ installation: FileInstallation
  ) -> Failure {
    guard let last = failures.last else {
      return Failure(
        .downloadFailed, at: installation.file.name, expected: "an address to download from",
        found: "none in the manifest", remedy: installation.remedy)
    }
    guard failures.count > 1 else { return last }
    if failures.allSatisfy({ $0.kind == .unreachable }) {
      var hosts: [String] = []
      for host in failures.map(\.location) where !hosts.contains(host) { hosts.append(host) }
      return Failure(
        .unreachable, at: hosts.joined(separator: " or "), expected: last.expected,
        found: last.found, remedy: last.remedy)
    }
    return Failure(
      last.kind, at: installation.file.name, expected: last.expected,
      found: failures.map { "\($0.found) (\($0.location))" }.joined(separator: "; "),
      remedy: last.remedy)
  }
}
