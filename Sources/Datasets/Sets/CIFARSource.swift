import Failures
import Foundation

/// A data set in the binary format of CIFAR: files of records, each one or two label bytes and the
/// red, green and blue planes of an image; pixels are bytes from 0 to 255, divided by 255.
///
/// The last file of the card is the test part. The files lie in the data set's folder, or below it
/// in the folder that the official archive unpacks to. A folder that has none of them may hold an
/// excerpt instead: files `train*.bin` and `test*.bin` of the same format. Any file may have another
/// number of records than the official one.
public struct CIFARSource: DatasetSource {
  /// What the data set is.
  public let card: DatasetCard
  /// The number of label bytes before an image; the last of them is the class.
  let labelBytes: Int

  /// Reads the files and checks them: whole records, and labels that are classes.
  ///
  /// - Throws: `Failure` of kind `missing`, `malformed` or `fileSystem`.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    let parts = try parts(in: options.locations)
    return try Dataset(
      card: card, train: samples(of: parts.train), test: samples(of: parts.test), options: options)
  }

  /// The folder of the official files, or of an excerpt.
  public func folder(in locations: DataLocations) throws(Failure) -> URL? {
    try parts(in: locations).test[0].deletingLastPathComponent()
  }

  private func samples(of files: [URL]) throws(Failure) -> LabelledSamples {
    let limit = card.files.map(\.contentBytes).reduce(0, +)
    var records = CIFARRecords(
      labelBytes: labelBytes, shape: card.sampleShape, classNames: card.classNames)
    try records.append(contentsOf: files, limit: limit)
    return try records.samples()
  }

  /// The files of both parts, in the first root that has any of them.
  private func parts(in locations: DataLocations) throws(Failure) -> (
    train: [URL], test: [URL]
  ) {
    let inUse = locations.foldersInUse(of: card) { !Files(in: $0, of: card).isEmpty }
    for folder in inUse {
      if let parts = Files(in: folder, of: card).parts { return parts }
    }
    let folders = inUse.isEmpty ? locations.folders(of: card).map(\.folder) : inUse
    let missing = folders.map { folder in
      let files = Files(in: folder, of: card)
      return files.isPython
        ? "Python pickles in \(folder.path), which run whatever they say when they are opened"
        : files.official.isEmpty
          ? "none in \(folder.path)"
          : "no \(files.absent.joined(separator: ", ")) in \(folder.path)"
    }
    let archive = card.archive?.file.mirrors.first ?? "the official archive"
    throw Failure(
      .missing, at: card.name,
      expected: "\(card.files[0].name) and \(card.files.count - 1) more",
      found: missing.joined(separator: "; "),
      remedy:
        "Run `basin data fetch \(card.name)`\(locations.fetchOption), or unpack \(archive) into the folder "
        + "\(card.name)/ of --data-root or $BASIN_DATA.")
  }
}

/// What a folder has of a data set in the format of CIFAR.
private struct Files {
  /// Names of the card's files that are there.
  let official: [String]
  /// Names of those that are not.
  let absent: [String]
  /// Files of an excerpt, those of each part in the order of their names.
  let excerpt: (train: [URL], test: [URL])
  private let folder: URL

  init(in folder: URL, of card: DatasetCard) {
    self.folder = folder
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    official = card.files.map(\.name).filter(names.contains)
    absent = card.files.map(\.name).filter { !names.contains($0) }
    func files(_ prefix: String) -> [URL] {
      names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".bin") }.sorted()
        .map { folder.appendingPathComponent($0) }
    }
    excerpt = (files("train"), files("test"))
    isPython = names.contains("data_batch_1") || names.isSuperset(of: ["train", "meta"])
  }

  var isEmpty: Bool { official.isEmpty && excerpt.train.isEmpty && excerpt.test.isEmpty }

  /// Whether it is the edition for Python, whose files have no ending.
  let isPython: Bool

  /// The files to read, if there are all of the card's, or none of them and an excerpt of both parts.
  var parts: (train: [URL], test: [URL])? {
    if absent.isEmpty {
      let files = official.map { folder.appendingPathComponent($0) }
      return (Array(files.dropLast()), [files[files.count - 1]])
    }
    return official.isEmpty && !excerpt.train.isEmpty && !excerpt.test.isEmpty ? excerpt : nil
  }
}
