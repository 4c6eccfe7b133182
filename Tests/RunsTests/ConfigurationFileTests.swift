import Foundation
import Methods
import Runs
import Testing

@Suite("The files in Configurations/")
struct ConfigurationFileTests {
  static let methods = MethodCatalog.all.map { $0.name }
  static let data = ["digits", "mnist", "fashion-mnist"]
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Configurations")

  @Test("are what the code says (else run Tools/configurations)", arguments: methods, data)
  func content(_ method: String, _ data: String) throws {
    let file = Self.folder.appending(path: "\(data)/\(method).yaml")
    let configuration = try Configuration.defaults(method: method, data: data)
    #expect(try String(contentsOf: file, encoding: .utf8) == configuration.yaml)
    // And they are complete: read alone, they are that configuration.
    #expect(try Configuration.resolved(ConfigurationOverride.file(at: file)) == configuration)
  }

  @Test("are no more than there are methods and data sets")
  func count() throws {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
    #expect(
      Set(files.filter { $0.hasSuffix(".yaml") })
        == Set(Self.data.flatMap { data in Self.methods.map { "\(data)/\($0).yaml" } }))
  }

  @Test("say what every setting means", arguments: methods)
  func notes(_ method: String) throws {
    let yaml = try Configuration.defaults(method: method, data: "fashion-mnist").yaml
    var hasNote = false
    for line in yaml.split(separator: "\n") {
      let text = line.drop { $0 == " " }
      let isGroup = text.hasSuffix(":")
      #expect(hasNote || isGroup || text.contains("  # ") || text.hasPrefix("# "), "\(line)")
      #expect(line.count <= 110, "\(line)")
      hasNote = text.hasPrefix("# ")
    }
  }

  @Test("A scale chooses sizes; a complete file of another scale is refused beside it")
  func scale() throws {
    func resolved(_ settings: String...) throws -> Configuration {
      try Configuration.resolved(settings.flatMap { try ConfigurationOverride.setting($0) })
    }
    let small = try resolved("method=zubov-net", "data.name=fashion-mnist", "scale=small")
    let paper = try resolved("method=zubov-net", "data.name=fashion-mnist")
    #expect(small.model[["backbone", "features", "dimension"]] == .integer(64))
    #expect(paper.model[["backbone", "features", "dimension"]] == .integer(256))
    #expect((small.training.epochs, paper.training.epochs) == (30, 140))
    #expect(throws: ConfigurationError.self) { try resolved("scale=large") }
    let file = Self.folder.appending(path: "fashion-mnist/zubov-net.yaml")
    #expect {
      _ = try Configuration.resolved(
        ConfigurationOverride.file(at: file) + ConfigurationOverride.setting("scale=small"))
    } throws: {
      "\($0)".contains("scale")
    }
  }
}
