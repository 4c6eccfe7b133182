import Foundation
import Testing

/// What `Tools/setup` does of a checkout that is not where it was built, without a set-up.
@Suite("A checkout that has moved")
struct SetupTests {
  private let folder: Workplace

  init() throws { folder = try Workplace() }

  /// Runs the part of the script that looks at the place, in a folder with a build.
  private func place(_ preparation: String) throws -> Tool.Outcome {
    let setup = DocumentedCommand.root.appendingPathComponent("Tools/setup").path
    let script = """
      set -eu
      say() { printf 'setup: %s\\n' "$*" >&2; }
      eval "$(sed -n '/^place() {/,/^}/p' '\(setup)')"
      \(preparation)
      place
      """
    return try Tool.start(
      ["-c", script], of: URL(fileURLWithPath: "/bin/bash"), in: folder
    ).outcome()
  }

  @Test("is built afresh, from the packages that it has, and says so")
  func moved() throws {
    let outcome = try place(
      "mkdir -p .build/debug .build/checkouts/package; echo /elsewhere >.build/place")
    #expect(outcome.status == 0)
    #expect(outcome.error.contains("the checkout has moved from /elsewhere: building it afresh"))
    #expect(!folder.exists(".build/debug") && folder.exists(".build/checkouts/package"))
  }

  @Test("and one that has not keeps its build; one of unknown origin does not")
  func still() throws {
    #expect(try place("").status == 0)
    let kept = try place("touch .build/object")
    #expect(kept.status == 0 && kept.error.isEmpty && folder.exists(".build/object"))
    let unknown = try place("rm .build/place")
    #expect(unknown.status == 0 && unknown.error.isEmpty && !folder.exists(".build/object"))
  }
}
