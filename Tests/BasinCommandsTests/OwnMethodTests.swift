import Foundation
import Testing

@Suite("The example of a package of one's own")
struct OwnMethodTests {
  @Test("stands in the README as it is built, in at most 50 lines")
  func readme() throws {
    let root = DocumentedCommand.root
    func text(_ path: String) throws -> String {
      try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
    let source = try text("Examples/OwnMethod/Sources/hopfield/main.swift")
    #expect(source.split(separator: "\n").count <= 50)
    #expect(try text("README.md").contains("```swift\n\(source)```\n"))
  }
}
