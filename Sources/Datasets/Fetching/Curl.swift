import Failures
import Foundation

/// The program `curl`, which downloads a file and resumes where a previous attempt ended.
///
/// A program, not a library: Basin's executable stays free of networking code and of libcurl.
package struct Curl: Sendable {
  private let executable: URL
  /// Given to the program as its standard input, which it does not read.
  package var input = FileHandle.nullDevice

  /// How a download ended.
  package struct Outcome: Sendable, Equatable {
    /// What to do next.
    package enum Verdict: Sendable, Equatable {
      /// The file is complete as far as the server says.
      case complete
      /// The same request may succeed later.
      case retry
      /// The server did not answer at all; it may later.
      case unreachable
      /// The part at hand cannot be continued; begin without it.
      case restart
      /// This address will not give the file.
      case refused
      /// The file cannot be written.
      case unwritable
    }

    /// What to do next.
    package let verdict: Verdict
    /// What happened, for an error message.
    package let summary: String
  }

  /// Finds the program in the folders of `PATH`.
  ///
  /// - Throws: `Failure` of kind `toolMissing`.
  package init(environment: [String: String]) throws(Failure) {
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let candidates = folders.map { URL(fileURLWithPath: $0).appendingPathComponent("curl") }
    guard
      let executable = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else {
      throw Failure(
        .toolMissing, at: "curl", expected: "the program in a folder of $PATH",
        found: "none in \(folders.joined(separator: ":"))",
        remedy: "Install it (`apt install curl`, `brew install curl`), or copy the files by hand.")
    }
    self.executable = executable
  }

  /// Appends to `part` what is still missing of the file at `address`.
  ///
  /// - Parameters:
  ///   - address: The URL.
  ///   - part: The file to append to, made if it is not there.
  ///   - sizeLimit: The most bytes to accept.
  ///   - whileRunning: Called every few hundredths of a second; if it throws, the download is stopped, the part
  ///     is kept and the error is passed on.
  /// - Returns: How the download ended.
  /// - Throws: `Failure` of kind `toolMissing`, or what `whileRunning` throws.
  package func download(
    _ address: String, to part: URL, sizeLimit: Int, whileRunning: () throws -> Void
  ) throws -> Outcome {
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = executable
    process.arguments = [
      "--fail", "--location", "--silent", "--show-error", "--proto", "=http,https",
      "--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "60",
      "--max-filesize", String(sizeLimit), "--write-out", "%{http_code}",
      "--continue-at", "-", "--output", part.path, address,
    ]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw Failure(
        .toolMissing, at: executable.path, expected: "a program that starts",
        found: "\((error as NSError).localizedDescription)", remedy: "Install curl again.")
    }
    do {
      while process.isRunning {
        try whileRunning()
        Thread.sleep(forTimeInterval: 0.05)
      }
    } catch {
      process.terminate()
      process.waitUntilExit()
      throw error
    }
    process.waitUntilExit()
    func text(_ pipe: Pipe) -> String {
      let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
      return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        .joined(separator: " ")
    }
    return Self.outcome(
      exitCode: process.terminationStatus, httpStatus: Int(text(output)) ?? 0,
      message: text(errors))
  }

  /// Reads curl's exit code, as its manual lists them, and the status of the server's answer.
  package static func outcome(exitCode: Int32, httpStatus: Int, message: String) -> Outcome {
    let verdict: Outcome.Verdict
    switch (exitCode, httpStatus) {
    case (0, _): verdict = .complete
    case (22, 416), (33, _), (36, _): verdict = .restart
    case (22, 408), (22, 429), (22, 500...): verdict = .retry
    case (5, _), (6, _), (7, _), (28, 0): verdict = .unreachable
    case (18, _), (28, _), (35, _), (52, _), (55, _), (56, _), (92, _): verdict = .retry
    case (23, _): verdict = .unwritable
    default: verdict = .refused
    }
    let summary = exitCode == 22 ? "HTTP status \(httpStatus)" : message
    return Outcome(
      verdict: verdict, summary: summary.isEmpty ? "curl exit code \(exitCode)" : summary)
  }
}
