import Foundation

extension ProcessGroup {
  /// The group that the environment describes; nil for a process on its own.
  ///
  /// - Throws: `Failure` or `DistributedError`.
  public static func launched(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> ProcessGroup? {
    try Launch(environment: environment).map { try ProcessGroup($0) }
  }
}
