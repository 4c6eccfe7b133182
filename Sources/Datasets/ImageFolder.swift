import Foundation

/// The images of a folder, found and labelled but not read.
///
/// `train/CLASS/*.jpg` holds what is to be learnt, and `test/CLASS/*.jpg`, or `val/CLASS/*.jpg` where
/// there is no such `test`, the samples to report on. The images of a class may lie in a folder
/// `images` in its own. Instead of folders by class, `val` may have `images` and annotations, as
/// Tiny-ImageNet has. Names of files end in `.jpg` or `.jpeg`; others, and those that begin with a dot,
/// are passed over.
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
  /// The names of the folders of the classes in `train`, in the order of their bytes.
  let classes: [String]
  let train: [Entry]
  let test: [Entry]

  /// Looks for the images.
  ///
  /// - Throws: `DatasetError` of kind `missingData` if a part is not there or has no image, `malformedData`
  ///   if a class of the test part is none of the training part, or what is wrong with the annotations.
  init(_ folder: URL) throws(DatasetError) {
    self.folder = folder
    let train = folder.appendingPathComponent("train", isDirectory: true)
    classes = Self.names(in: train).filter { Self.isFolder(train.appendingPathComponent($0)) }
    let labels = Dictionary(
      uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
    self.train = Self.interleaved(classes.map { Self.images(of: $0, labels[$0]!, in: train) })
    guard !self.train.isEmpty else {
      throw Self.missing("train/CLASS/*.jpg", "no image", folder)
    }
    let used = Set(self.train.map(\.label))
    if let empty = classes.first(where: { !used.contains(labels[$0]!) }) {
      throw Self.missing("images of every class", "none in train/\(empty)", folder)
    }
    test = try Self.test(in: folder, labels)
    guard !test.isEmpty else {
      throw Self.missing("test/CLASS/*.jpg or val/CLASS/*.jpg", "no image", folder)
    }
  }

  private static func test(
    in folder: URL, _ labels: [String: Int]
  ) throws(DatasetError) -> [Entry] {
    for name in ["test", "val"] {
      let part = folder.appendingPathComponent(name, isDirectory: true)
      let found = names(in: part).filter { isFolder(part.appendingPathComponent($0)) }
      if let annotations = annotations(of: part, in: folder), found.contains("images") {
        return try annotated(annotations, in: part.appendingPathComponent("images"), labels)
      }
      guard found.contains(where: { labels[$0] != nil }) else { continue }
      if let stranger = found.first(where: { labels[$0] == nil }) {
        throw DatasetError(
          .malformedData, at: part.appendingPathComponent(stranger).path,
          expected: "one of the \(labels.count) classes of train", found: "\"\(stranger)\"",
          remedy: "Give both parts folders of the same names.")
      }
      return interleaved(found.map { images(of: $0, labels[$0]!, in: part) })
    }
    return []
  }

  /// `val_annotations*.txt` in the part or beside it.
  private static func annotations(of part: URL, in folder: URL) -> URL? {
    [part, folder].lazy.flatMap { place in
      names(in: place).filter {
        $0.hasPrefix("\(part.lastPathComponent)_annotations") && $0.hasSuffix(".txt")
      }.map { place.appendingPathComponent($0) }
    }.first
  }

  private static func annotated(
    _ file: URL, in images: URL, _ labels: [String: Int]
  ) throws(DatasetError) -> [Entry] {
    let content = try FileContent(of: file, limit: 1 << 26).bytes
    var entries: [Entry] = []
    for (name, className) in try ImageAnnotations(content: content, location: file.path).entries {
      guard let label = labels[className] else {
        throw DatasetError(
          .malformedData, at: file.path, expected: "one of the \(labels.count) classes of train",
          found: "\"\(className.prefix(80))\" of \(name)",
          remedy: "Give both parts the same classes.")
      }
      entries.append(Entry(path: images.path + "/" + name, label: label))
    }
    return entries
  }

  private static func images(of name: String, _ label: Int, in part: URL) -> [Entry] {
    let folder = part.appendingPathComponent(name)
    return [folder, folder.appendingPathComponent("images")].flatMap { place in
      names(in: place).filter(isImage).map { Entry(path: place.path + "/" + $0, label: label) }
    }
  }

  /// The first image of each class, then the second of each: the first so many images of a part are
  /// of all classes, as in the data sets that come in one file.
  private static func interleaved(_ classes: [[Entry]]) -> [Entry] {
    (0..<(classes.map(\.count).max() ?? 0)).flatMap { index in
      classes.compactMap { $0.indices.contains(index) ? $0[index] : nil }
    }
  }

  private static func isImage(_ name: String) -> Bool {
    name.utf8.suffix(5).elementsEqual(".JPEG".utf8)
      || [".jpg", ".jpeg"].contains {
        name.lowercased().hasSuffix($0)
      }
  }

  /// In the order of their bytes; empty for what is no folder.
  private static func names(in folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  private static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func missing(_ expected: String, _ found: String, _ folder: URL) -> DatasetError {
    DatasetError(
      .missingData, at: folder.path, expected: expected, found: found,
      remedy: "See \"Your own images\" in Documentation/Data.md for the layout.")
  }
}
