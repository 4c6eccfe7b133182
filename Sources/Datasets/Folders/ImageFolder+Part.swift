import Failures
import Foundation

extension ImageFolder {
  /// The images of one part, `train`, `test` or `val`, and what else lies there.
  struct Part {
    private(set) var entries: [Entry] = []
    private(set) var passedOver: [String] = []

    /// Nothing.
    init() {}

    /// The images of folders by class.
    init(_ part: FolderListing, _ labels: [String: Int]) throws(Failure) {
      passedOver = part.rest(without: Set(part.folders))
      var classes: [[Entry]] = []
      var seen: Set<Int> = []
      for name in part.folders {
        let label = labels[name]!
        guard seen.insert(label).inserted else { throw sameName(name, in: part) }
        let own = try FolderListing(of: part.folder.appendingPathComponent(name))
        let inner = try FolderListing(of: own.folder.appendingPathComponent("images"))
        classes.append(
          [own, inner].flatMap { place in
            place.images.map { Entry(path: place.path(of: $0), label: label) }
          })
        passedOver += own.others.map(own.path)
        passedOver += own.folders.filter { $0 != "images" }.map(own.path)
        passedOver += (inner.others + inner.folders).map(inner.path)
      }
      entries = Self.interleaved(classes)
    }

    /// The images of a folder `images` that annotations name.
    init(
      annotations file: URL, of part: FolderListing, _ labels: [String: Int]
    ) throws(Failure) {
      let images = try FolderListing(of: part.folder.appendingPathComponent("images"))
      let content = try FileContent(of: file, limit: 1 << 26).bytes
      var unnamed = Set(images.rest())
      for (name, className) in try ImageAnnotations(content: content, location: file.path).entries {
        guard let label = labels[className] else {
          throw Failure(
            .malformed, at: file.path, expected: "one of the \(labels.count) classes of train",
            found: "\"\(className.echoed())\" of \(name.echoed())",
            remedy: "Give both parts the same classes.")
        }
        let path = images.path(of: name)
        unnamed.remove(path)
        entries.append(Entry(path: path, label: label))
      }
      passedOver = part.rest(without: ["images"]).filter { $0 != file.path } + unnamed.sorted()
    }

    /// The first image of each class, then the second of each: the first so many images of a part are
    /// of all classes, as in the data sets that come in one file.
    private static func interleaved(_ classes: [[Entry]]) -> [Entry] {
      (0..<(classes.map(\.count).max() ?? 0)).flatMap { index in
        classes.compactMap { $0.indices.contains(index) ? $0[index] : nil }
      }
    }
  }
}
