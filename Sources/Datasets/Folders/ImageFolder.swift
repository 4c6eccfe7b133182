import Failures
import Foundation

/// The images of a folder, found and labelled but not read.
///
/// `train/CLASS/*` holds what is to be learnt, and `test/CLASS/*`, or `val/CLASS/*` where there is no
/// such `test`, the samples to report on. The images of a class may lie in folders of its own. Instead of
/// folders by class, each part may have a table, `train.csv` beside it or `labels.csv` in it, that names the
/// class of each file; or `val` may have `images` and annotations, as Tiny-ImageNet has.
/// `FolderListing` says which files are images.
///
/// Images are in turns of the classes, those of a class in the order of their names; annotated ones in
/// the order of the annotations.
struct ImageFolder {
  /// An image and its class.
  struct Entry {
    let path: String
    let label: Int
  }

  let folder: URL
  /// The names of the folders of the classes in `train`, in their order.
  let classes: [String]
  let train: [Entry]
  let test: [Entry]
  /// Paths of what was found in the folders of the parts and classes and is not among the images.
  let passedOver: [String]

  /// Looks for the images.
  ///
  /// - Throws: `Failure` of kind `missing` if a part is not there or has no image, `malformed`
  ///   if a class of the test part is none of the training part, two have one name, or a picture is in a
  ///   format that cannot be read, or what is wrong with the annotations.
  init(_ folder: URL) throws(Failure) {
    self.folder = folder
    let train = try FolderListing(of: folder.appendingPathComponent("train", isDirectory: true))
    let learnt: Part
    let labels: [String: Int]
    if let table = Self.table(of: train, in: folder) {
      let annotations = try Self.annotations(in: table)
      classes = annotations.classNames
      labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
      learnt = try Part(annotations, at: table, in: train, of: train, labels)
    } else {
      classes = train.folders
      labels = try Self.labels(of: train)
      learnt = try Part(train, labels)
    }
    self.train = learnt.entries
    guard !self.train.isEmpty else {
      throw Self.missing("train/CLASS/*.jpg, .png or .webp", "no image", folder)
    }
    let reported = try Self.test(in: folder, labels)
    test = reported.entries
    guard !test.isEmpty else {
      throw Self.missing("test/CLASS/*.jpg, .png or .webp, or val/CLASS/*", "no image", folder)
    }
    passedOver = learnt.passedOver + reported.passedOver
  }

  /// The classes of which `train` has no image.
  var emptyClasses: [String] {
    let used = Set(train.map(\.label))
    return classes.indices.filter { !used.contains($0) }.map { classes[$0] }
  }

  /// - Throws: `Failure` of kind `missing` that names a class without images.
  func requireImagesOfEveryClass() throws(Failure) {
    guard let empty = emptyClasses.first else { return }
    throw Failure(
      .missing, at: folder.path, expected: "images of every class",
      found: "none in train/\(empty)",
      remedy: "Put images there, take the folder away, or allow it with "
        + "--set data.allowEmptyClasses=true.")
  }

  /// The number of each class. Names that Unicode holds equal, though their bytes differ, are equal: a
  /// test part that another system has packed finds its class.
  private static func labels(of train: FolderListing) throws(Failure) -> [String: Int] {
    var labels: [String: Int] = [:]
    for (label, name) in train.folders.enumerated() {
      guard labels.updateValue(label, forKey: name) == nil else {
        throw sameName(name, in: train)
      }
    }
    return labels
  }

  static func sameName(_ name: String, in part: FolderListing) -> Failure {
    Failure(
      .malformed, at: part.path(of: name), expected: "classes of different names",
      found: "two folders whose names are the same text in other bytes (composed and decomposed)",
      remedy: "Give one of them another name, or put their images together.")
  }

  private static func test(
    in folder: URL, _ labels: [String: Int]
  ) throws(Failure) -> Part {
    for name in ["test", "val"] {
      let part = try FolderListing(of: folder.appendingPathComponent(name, isDirectory: true))
      if let table = table(of: part, in: folder) {
        return try Part(annotations(in: table), at: table, in: part, of: part, labels)
      }
      if part.folders.contains("images"), let file = annotations(of: part.folder, in: folder) {
        let content = try FileContent(of: file, limit: 1 << 26).bytes
        return try Part(
          ImageAnnotations(content: content, location: file.path), at: file,
          in: FolderListing(of: part.folder.appendingPathComponent("images")), of: part, labels)
      }
      guard part.folders.contains(where: { labels[$0] != nil }) else { continue }
      if let stranger = part.folders.first(where: { labels[$0] == nil }) {
        throw Failure(
          .malformed, at: part.path(of: stranger),
          expected: "one of the \(labels.count) classes of train", found: "\"\(stranger)\"",
          remedy: "Give both parts folders of the same names.")
      }
      return try Part(part, labels)
    }
    return Part()
  }

  /// The table of the classes of a part's images: `labels.csv` in it, or a file of its name beside it.
  private static func table(of part: FolderListing, in folder: URL) -> URL? {
    let names = [
      part.folder.appendingPathComponent("labels.csv"),
      folder.appendingPathComponent("\(part.folder.lastPathComponent).csv"),
    ]
    // Among folders by class such a file is something else's.
    guard !part.images.isEmpty else { return nil }
    return names.first { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func annotations(in table: URL) throws(Failure) -> ImageAnnotations {
    try ImageAnnotations(
      table: FileContent(of: table, limit: 1 << 26).bytes, location: table.path)
  }

  /// `val_annotations*.txt` in the part or beside it.
  private static func annotations(of part: URL, in folder: URL) -> URL? {
    [part, folder].lazy.flatMap { place in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      return names.sorted().filter {
        $0.hasPrefix("\(part.lastPathComponent)_annotations") && $0.hasSuffix(".txt")
      }.map { place.appendingPathComponent($0) }
    }.first
  }

  private static func missing(_ expected: String, _ found: String, _ folder: URL) -> Failure {
    Failure(
      .missing, at: folder.path, expected: expected, found: found,
      remedy: "See \"Your own images\" in Documentation/Data.md for the layout.")
  }
}
