import Failures
import Foundation

extension ImageFolder {
  /// The images of one part, `train`, `test` or `val`, and what else lies there.
  struct Part {
    private(set) var entries: [Entry] = []
    private(set) var passedOver: [String] = []

    /// Nothing.
    init() {}

    /// The images of folders by class, in whatever folders of theirs.
    init(_ part: FolderListing, _ labels: [String: Int]) throws(Failure) {
      passedOver = part.rest(without: Set(part.folders))
      var classes: [[Entry]] = []
      var seen: Set<Int> = []
      for name in part.folders {
        let label = labels[name]!
        guard seen.insert(label).inserted else { throw sameName(name, in: part) }
        var images: [String] = []
        try add(part.folder.appendingPathComponent(name), depth: 0, to: &images)
        classes.append(images.map { Entry(path: $0, label: label) })
      }
      entries = Self.interleaved(classes)
    }

    /// Adds the images of a folder and of those in it. A link may lead back, so there is an end to it.
    private mutating func add(
      _ folder: URL, depth: Int, to images: inout [String]
    ) throws(Failure) {
      let own = try FolderListing(of: folder)
      images += own.images.map(own.path)
      passedOver += own.others.map(own.path)
      for name in own.folders {
        guard depth < 8 else {
          passedOver.append(own.path(of: name))
          continue
        }
        try add(folder.appendingPathComponent(name), depth: depth + 1, to: &images)
      }
    }

    /// The images of a folder that annotations name.
    ///
    /// - Parameter file: where the annotations are, for errors.
    init(
      _ annotations: ImageAnnotations, at file: URL, in images: FolderListing,
      of part: FolderListing, _ labels: [String: Int]
    ) throws(Failure) {
      let isWithin = images.folder != part.folder
      var unnamed = Set(images.rest())
      for (name, className) in annotations.entries {
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
      passedOver =
        ((isWithin ? part.rest(without: ["images"]) : []) + unnamed.sorted())
        .filter { $0 != file.path }
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
