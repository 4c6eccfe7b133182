import ArgumentParser
import Evaluations
import Failures
import Settings
import StableDynamics
import Studies
import Training
import Verification

struct VerifyCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the certificate of a proven region of attraction again.",
    discussion: """
      The certificate holds the field, the function and how the boxes were cut; every bound is computed \
      afresh, and nothing of the search is needed or trusted. 65 says that it proves nothing. Certificates \
      come from `basin roa` and from `basin regions --verify --certificates FOLDER`. With --search the \
      boxes of the file are left aside and its claim is proven anew, at another level if one is given, or \
      refused with a place where it is false.

      Example: basin verify --check certificate.safetensors
      """)

  @Option(help: .init("The certificate.", valueName: "file"))
  var check: String

  @Option(
    help: .init("Follow so many random places of the set in float64 too.", valueName: "n"))
  var trajectories: Int?

  @Flag(help: "Prove the claim anew instead of going through the boxes of the file.")
  var search = false

  @Option(help: .init("With --search: the level instead of the file's.", valueName: "x"))
  var level: Double?

  @Option(help: "With --search: how boxes are bounded.")
  var bounds: BoundKind?

  @Option(
    help: .init("With --search: boxes of each part of the claim (10000000).", valueName: "n"))
  var boxes: Int?

  @Option(help: .init("With --search: seconds in all (600).", valueName: "seconds"))
  var timeLimit: Double?

  @OptionGroup var compute: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.integers(1...10_000_000).require("--trajectories", trajectories)
    try SettingRange.numbers(-1e300...1e300).require("--level", level)
    try SettingRange.integers(1...1_000_000_000).require("--boxes", boxes)
    try SettingRange.positive(upTo: 1e7).require("--time-limit", timeLimit)
    let given = [
      ("--level", level != nil), ("--bounds", bounds != nil), ("--boxes", boxes != nil),
      ("--time-limit", timeLimit != nil),
    ]
    if !search, let name = given.first(where: \.1)?.0 {
      throw ValidationError("\(name): expected --search with it, found none")
    }
  }

  var files: CommandFiles { CommandFiles().reading(check) }

  /// What a certificate calls its system, which nothing checks: what is proven is of the steps in it.
  private static func own(_ title: String) -> String {
    "the file's own words, not checked: \(title.echoed(limit: 200))"
  }

  func run() throws {
    compute.prepare()
    do {
      try search ? runSearch() : runCheck()
    } catch let error as SplitTreeError {
      throw UnprovenCertificate(path: check, reason: "\(error)")
    } catch let error as AttractionError {
      throw UnprovenCertificate(path: check, reason: "\(error)")
    }
  }

  private func runCheck() throws {
    let result = try CertificateCheck(of: check, trajectories: trajectories)
    try output.show(result, as: "\(Self.own(result.title))\n\(result.summary)")
    if let followed = result.trajectories, followed.leaving > 0 {
      throw UnprovenCertificate(path: check, reason: followed.summary)
    }
  }

  private func runSearch() throws {
    var settings = ClaimSearch.Settings()
    settings.level = level
    if let bounds { settings.bounds = bounds }
    if let boxes { settings.boxLimit = boxes }
    if let timeLimit { settings.seconds = timeLimit }
    settings.trajectories = trajectories
    let interruption = try Interruption()
    let result = try ClaimSearch(
      of: check, settings: settings, isCancelled: { interruption.isRequested })
    try output.show(result, as: "\(Self.own(result.title))\n\(result.summary)")
    if interruption.isRequested {
      throw EndedWith(exitStatus: .interrupted, message: "\(check): interrupted, nothing is proven")
    }
    if result.verdict != .proven {
      throw UnprovenCertificate(path: check, reason: result.summary)
    }
  }
}

extension BoundKind: ExpressibleByArgument {}

/// A certificate that proves nothing.
private struct UnprovenCertificate: CommandFailure {
  let path: String
  let reason: String

  var exitStatus: ExitStatus { .badData }
  var message: String { "\(path): expected a proof, found none: \(reason)" }
}
