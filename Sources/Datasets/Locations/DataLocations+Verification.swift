import Failures
import Foundation

/// What was found of one file of a data set.
public struct FileReport: Sendable, Equatable {
  /// The state of a file.
  public enum Status: Sendable, Equatable {
    /// The content is that of the manifest.
    case valid
    /// The file is not in the folder.
    case missing
    /// The file cannot be read, is damaged or has another content.
    case invalid(Failure)
  }

  /// The entry of the manifest.
  public let file: DatasetFile
  /// Where the file is or should be, or that it is embedded.
  public let path: String
  /// What was found.
  public let status: Status

  /// Whether the content is that of the manifest.
  public var isValid: Bool { status == .valid }
}

extension DataLocations {
  /// Recomputes the digest of every installed file of a data set and compares the manifest.
  ///
  /// Looks at the first folder that holds any of the files; an embedded set is checked inside the
  /// program, and a generated one has no files, so its report is empty.
  ///
  /// - Throws: `Failure` of kind `missing` if no folder holds any of the files.
  public func verify(_ card: DatasetCard) throws(Failure) -> [FileReport] {
    switch card.origin {
    case .generated:
      return []
    case .embedded:
      return card.files.map { file in
        FileReport(
          file: file, path: "embedded",
          status: Self.status {
            () throws(Failure) in
            let content = try EmbeddedFiles.content(of: file)
            try FileContent(content, path: file.name).check(against: file)
          })
      }
    case .files:
      let folder = try folderOfAnyFile(of: card)
      return card.files.map { report(on: $0, in: folder) }
    }
  }

  /// The state of one file in a folder.
  func report(on file: DatasetFile, in folder: URL) -> FileReport {
    guard let path = path(of: file, in: folder) else {
      return FileReport(
        file: file, path: folder.appendingPathComponent(file.name).path, status: .missing)
    }
    return FileReport(
      file: file, path: path.path,
      status: Self.status {
        () throws(Failure) in
        try FileContent(of: path, limit: file.contentBytes, unpacks: !file.isArchive)
          .check(against: file)
      })
  }

  private static func status(_ check: () throws(Failure) -> Void) -> FileReport.Status {
    do {
      try check()
      return .valid
    } catch {
      return .invalid(error)
    }
  }
}
