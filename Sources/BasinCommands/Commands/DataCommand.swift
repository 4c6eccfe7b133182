import ArgumentParser
import Datasets
import Failures
import Reports

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, fetch and verify data sets.",
    subcommands: [List.self, Fetch.self, Verify.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Describe every data set and say where it is.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let list = DatasetList(data.locations)
      try output.show(list, as: [.table(list.table)])
    }
  }

  struct Fetch: CheckedCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Download a data set, check it and install it.")

    @Argument(help: "One of `basin data list`.") var name: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func check() throws { _ = try DatasetCatalog.source(named: name) }

    func run() throws {
      // Those of the program that downloads, and of what waits for its end.
      try OpenFiles.require(others: 8)
      let card = try DatasetCatalog.source(named: name).card
      let sizes = card.downloads.map { $0.downloadBytes ?? 0 }
      let progress = Progress("fetching \(name)")
      let reports = try DatasetFetcher(locations: data.locations).fetch(card) { state in
        progress.show(
          sizes[..<state.index].reduce(0, +) + state.receivedBytes, of: sizes.reduce(0, +))
      }
      progress.finish()
      let result = FileList(card, reports)
      try output.show(result, as: result.text)
    }
  }

  struct Verify: CheckedCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Compare the files of a data set with the manifest.")

    @Argument(help: "One of `basin data list`, or folder:PATH.") var name: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func check() throws { _ = try DatasetCatalog.source(named: name) }

    func run() throws {
      let source = try DatasetCatalog.source(named: name)
      let reports = try source.verify(in: data.locations)
      let result = FileList(source.card, reports)
      try output.show(result, as: result.text)
      for report in reports {
        switch report.status {
        case .valid: continue
        case .invalid(let error): throw error
        case .missing:
          throw Failure(
            .missing, at: report.path, expected: "a file", found: "none",
            remedy: "Run `basin data fetch \(name)`.")
        }
      }
    }
  }
}
