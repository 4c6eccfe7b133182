import Foundation
import Testing

@Suite("A page of documentation")
struct DocumentationPageTests {
  private static let sources = DocumentedCommand.root.appendingPathComponent("Sources")

  /// The files below a folder whose names end so.
  private static func files(in folder: URL, _ ending: String) -> [URL] {
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == ending }
  }

  /// What a module's sources declare as public, at any depth.
  private static func publicNames(of module: URL) throws -> Set<Substring> {
    let declaration =
      /public (?:static |final |indirect )*(?:struct|class|enum|protocol|actor|typealias|func|var|let) (\w+)/
    return try files(in: module, "swift").reduce(into: []) { names, file in
      let text = try String(contentsOf: file, encoding: .utf8)
      names.formUnion(text.matches(of: declaration).map(\.output.1))
    }
  }

  /// The symbols that a page links to, without what stands behind a slash.
  private static func symbols(of page: String) -> Set<Substring> {
    Set(
      page.split(separator: "\n").filter { !$0.hasPrefix("```") && !$0.hasPrefix("# ") }
        .flatMap { line in
          line.components(separatedBy: "``").enumerated().filter { $0.offset % 2 == 1 }
            .map { $0.element.prefix { $0.isLetter || $0.isNumber || $0 == "_" } }
        })
  }

  @Test("links to what its module declares")
  func links() throws {
    let modules = try FileManager.default.contentsOfDirectory(
      at: Self.sources, includingPropertiesForKeys: nil)
    var count = 0
    for module in modules {
      let pages = Self.files(in: module, "md").filter { $0.path.contains(".docc/") }
      guard !pages.isEmpty else { continue }
      let names = try Self.publicNames(of: module)
      for page in pages {
        let linked = Self.symbols(of: try String(contentsOf: page, encoding: .utf8))
        count += linked.count
        let unknown = linked.subtracting(names).sorted()
        #expect(unknown.isEmpty, "\(page.lastPathComponent): \(unknown)")
      }
    }
    #expect(count > 100)
  }
}
