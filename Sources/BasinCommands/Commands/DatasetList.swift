import Datasets
import Foundation
import Reports
import Runs

/// What `basin data list` prints.
struct DatasetList: Finding {
  struct Entry: Codable {
    let name: String
    let title: String
    let credit: String
    let license: String
    let classCount: Int
    let sampleShape: [Int]
    let trainCount: Int
    let testCount: Int
    /// The folder of its files; nil if it is not installed, or needs none.
    let folder: String?
    let isAvailable: Bool
  }

  private(set) var schemaVersion = DatasetList.currentSchemaVersion
  let datasets: [Entry]

  init(_ locations: DataLocations) {
    datasets = DatasetCatalog.sources.map { source in
      let card = source.card
      let folder = try? source.folder(in: locations)?.path
      return Entry(
        name: card.name, title: card.title, credit: card.credit, license: card.license,
        classCount: card.classNames.count, sampleShape: card.sampleShape,
        trainCount: card.trainCount, testCount: card.testCount, folder: folder,
        isAvailable: card.origin != .files || folder != nil)
    }
  }

  var table: Table {
    Table(
      columns: [
        .init("name"), .number("classes"), .number("sample"), .number("train"), .number("test"),
        .init("license"), .init("where"),
      ],
      rows: datasets.map { entry in
        [
          .init(entry.name), .init("\(entry.classCount)"),
          .init(entry.sampleShape.map(String.init).joined(separator: " x ")),
          .init("\(entry.trainCount)"), .init("\(entry.testCount)"), .init(entry.license),
          .init(entry.place),
        ]
      })
  }
}

extension DatasetList.Entry {
  /// Where it is, or how to get it.
  var place: String {
    folder ?? (isAvailable ? "in the program" : "not installed: basin data fetch \(name)")
  }
}

/// What `basin data fetch` and `basin data verify` print.
struct FileList: Finding {
  struct Entry: Codable {
    let name: String
    let path: String
    /// valid, missing or invalid.
    let status: String
    let problem: String?
  }

  private(set) var schemaVersion = FileList.currentSchemaVersion
  let dataset: String
  let files: [Entry]

  init(_ card: DatasetCard, _ reports: [FileReport]) {
    dataset = card.name
    files = reports.map { report in
      let (status, problem): (String, String?) =
        switch report.status {
        case .valid: ("valid", nil)
        case .missing: ("missing", nil)
        case .invalid(let error): ("invalid", "\(error)")
        }
      return Entry(name: report.file.name, path: report.path, status: status, problem: problem)
    }
  }

  var text: String {
    guard !files.isEmpty else { return "\(dataset): needs no files" }
    return Table(
      columns: [.init("file"), .init("status"), .init("where")],
      rows: files.map { [.init($0.name), .init($0.status), .init($0.path)] }
    ).plainText
  }
}
