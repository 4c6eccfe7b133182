import Foundation

/// A failure to put a report, a table or an event where it was asked to go.
public enum ReportError: Error, Equatable, Sendable {
  /// A file could not be created or written.
  case cannotWrite(path: String, reason: String)

  /// A directory could not be created.
  case cannotCreateDirectory(path: String, reason: String)

  init(writing url: URL, _ error: any Error) {
    self = .cannotWrite(path: url.path, reason: error.systemReason)
  }
}

extension ReportError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason):
      """
      expected to write '\(path)', found: \(reason); \
      choose a folder that exists, is writable and has free space
      """
    case .cannotCreateDirectory(let path, let reason):
      """
      expected to create the folder '\(path)', found: \(reason); \
      choose a writable place in which no file has that name
      """
    }
  }

  public var errorDescription: String? { description }
}
