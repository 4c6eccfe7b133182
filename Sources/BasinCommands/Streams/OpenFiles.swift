import Foundation
import StableDynamics

/// How many files the process may have open at once.
enum OpenFiles {
  /// With fewer, libtorch and the system's library end the process where a file cannot be opened.
  private static let fewest = 16

  /// Makes sure that a command has enough.
  ///
  /// - Parameter others: how many it needs beyond what every command does.
  /// - Throws: `TooFewFiles`.
  static func require(others: Int = 0) throws(TooFewFiles) {
    var limit = rlimit()
    #if os(Linux)
      let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    #else
      let isKnown = getrlimit(RLIMIT_NOFILE, &limit) == 0
    #endif
    let needed = fewest + others
    guard !isKnown || limit.rlim_cur >= rlim_t(needed) else {
      throw TooFewFiles(needed: needed, found: Int(limit.rlim_cur))
    }
  }
}

/// A limit of open files that no command can work with.
struct TooFewFiles: CommandFailure {
  let needed: Int
  let found: Int

  var exitStatus: ExitStatus { .inputOutput }
  var message: String {
    "this process: expected at least \(needed) files that may be open at once, found a limit of "
      + "\(found). Raise it, as with ulimit -n \(max(needed, 256))."
  }
}
