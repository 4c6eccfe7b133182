import ArgumentParser
import Experiments
import FileFormats
import Verification

struct VerifyCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the certificate of a proven region of attraction again.",
    discussion: """
      The certificate holds the field, the function and how the boxes were cut; every bound is computed \
      afresh, and nothing of the search is needed or trusted. 65 says that it proves nothing. Certificates \
      come from `basin roa` and from `basin regions --verify --certificates FOLDER`.

      Example: basin verify --check certificate.safetensors
      """)

  @Option(help: .init("The certificate.", valueName: "file"))
  var check: String

  @OptionGroup var compute: ThreadOptions
  @OptionGroup var output: OutputOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.read(check)
    return files
  }

  func run() throws {
    compute.prepare()
    let result: CertificateCheck
    do {
      result = try CertificateCheck(of: check)
    } catch let error as SplitTreeError {
      throw UnprovenCertificate(path: check, reason: "\(error)")
    } catch let error as AttractionError {
      throw UnprovenCertificate(path: check, reason: "\(error)")
    }
    try output.show(result, as: "\(result.title.echoed(limit: 200))\n\(result.summary)")
  }
}

/// A certificate that proves nothing.
private struct UnprovenCertificate: CommandFailure {
  let path: String
  let reason: String

  var exitStatus: ExitStatus { .badData }
  var message: String { "\(path): expected a proof, found none: \(reason)" }
}
