import ArgumentParser
import Methods
import Reports
import Runs

struct MethodsCommand: CheckedCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods", abstract: "List the methods, or show the settings of one.",
    discussion: """
      Example: basin methods; basin methods zubov-net --data digits > my.yaml; \
      basin train --config my.yaml
      """)

  @Argument(help: "Print this method's complete configuration, with what each setting means.")
  var name: String?

  @Option(help: .init("The data set whose defaults are shown.", valueName: "name"))
  var data: String?

  @Option(help: .init("small, or paper for ResNet-18 and its widths.", valueName: "scale"))
  var scale: String?

  @OptionGroup var output: OutputOptions

  func check() throws { _ = try configuration() }

  func run() throws {
    guard let configuration = try configuration() else {
      let list = MethodList()
      return try output.show(list, as: [.table(list.table)])
    }
    try StandardOutput.write(configuration.yaml, terminator: "")
  }

  /// That of the method; nil where none is named.
  private func configuration() throws -> Configuration? {
    guard let name else { return nil }
    let choices = [("method", name), ("data.name", data), ("scale", scale)].compactMap {
      key, value in
      value.map {
        ConfigurationOverride(
          key.split(separator: ".").map(String.init), .string($0), origin: "basin methods")
      }
    }
    return try Configuration.resolved(choices)
  }
}

/// What `basin methods` prints.
struct MethodList: Finding {
  struct Entry: Codable {
    let name: String
    let summary: String
    let reference: String
  }

  private(set) var schemaVersion = MethodList.currentSchemaVersion
  private(set) var methods = MethodCatalog.all.map {
    Entry(name: $0.name, summary: $0.summary, reference: $0.reference)
  }

  var table: Table {
    Table(
      columns: [.init("method"), .init("what it is")],
      rows: methods.map { [.init($0.name), .init($0.summary)] })
  }
}
