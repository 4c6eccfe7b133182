import Failures
import Files
import Foundation
import Images

/// The images of a folder of the user's, by class: `folder:PATH` in the place of a data set's name.
///
/// `ImageFolder` says how they lie in it. All have to be files in one of the formats of `ImageFormats` and of one
/// size, which is that of the first; all become images of three channels. The classes are the folders of `train`, in the order
/// of their names, called by `words.txt` where the folder has one.
public struct ImageFolderSource: DatasetSource {
  /// What the name of a folder of the user's own images begins with.
  public static let prefix = "folder:"
  /// What the folder holds.
  public let card: DatasetCard
  private let images: ImageFolder

  /// Looks through the folder, and into its first image.
  ///
  /// - Parameter name: `folder:PATH`, where PATH may begin with `~`.
  /// - Throws: `Failure` of kind `invalidOption`, `missing`, `malformed` or `fileSystem`.
  public init(name: String) throws(Failure) {
    guard name != Self.prefix else {
      throw Failure(
        .invalidOption, at: "data set", expected: "a folder behind '\(Self.prefix)'", found: "none",
        remedy: "Write folder:PATH; Documentation/Data.md has how images lie in it.")
    }
    let folder = Self.folder(of: name)
    images = try ImageFolder(folder)
    let size = try Self.layout(of: images.train[0].path)
    card = DatasetCard(
      name: name,
      title: folder.standardizedFileURL.lastPathComponent,
      credit: "images of \(folder.standardizedFileURL.path)",
      license: "that of the images",
      classNames: try ClassTitles(in: folder).titles(of: images.classes),
      sampleShape: [3, size.height, size.width],
      trainCount: images.train.count,
      testCount: images.test.count,
      origin: .files)
  }

  /// Decodes every image.
  ///
  /// - Throws: `Failure` of kind `malformed` that names the first file that is no such image
  ///   or has another size, `fileSystem` for one that cannot be read, `missing` for a class without
  ///   images where the options do not allow it.
  public func load(_ options: LoadOptions) throws(Failure) -> Dataset {
    if !options.allowsEmptyClasses { try images.requireImagesOfEveryClass() }
    func part(_ entries: [ImageFolder.Entry]) throws(Failure) -> LabelledSamples {
      try LabelledSamples(
        imageFiles: entries, shape: card.sampleShape, classNames: card.classNames,
        example: images.train[0].path)
    }
    return try Dataset(
      card: card, train: part(images.train), test: part(images.test), options: options,
      notices: images.notices)
  }

  private static func layout(of path: String) throws(Failure) -> ImageLayout {
    let file = try RegularFile.content(of: path)
    do {
      return try ImageFormats.format(of: file).layout(of: file)
    } catch {
      throw Failure(
        .malformed, at: path, expected: "a \(ImageFormats.names) image",
        found: error.description, remedy: error.remedy ?? "Take the file out of the folder.")
    }
  }

  /// The name with an absolute path, which means the same folder in every working directory; other names
  /// as they are.
  public static func absoluteName(_ name: String) -> String {
    folder(named: name).map { Self.prefix + $0.path } ?? name
  }

  /// The folder that a name `folder:PATH` means; nil for other names, and without a path.
  public static func folder(named name: String) -> URL? {
    name.hasPrefix(Self.prefix) && name != Self.prefix
      ? folder(of: name).standardizedFileURL : nil
  }

  private static func folder(of name: String) -> URL {
    let path = String(name.dropFirst(Self.prefix.count))
    return URL(fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: true)
  }

  /// The folder of the name.
  public func folder(in locations: DataLocations) throws(Failure) -> URL? { images.folder }

  /// Decodes every image, there being nothing to compare them with.
  public func verify(in locations: DataLocations) throws(Failure) -> [FileReport] {
    images.reports { () throws(Failure) in
      _ = try load(LoadOptions(locations: locations, allowsEmptyClasses: true))
    }
  }
}

extension ImageFolder {
  /// What was found and is not used, in a sentence; none where that is nothing.
  var notices: [String] {
    guard let first = passedOver.first else { return [] }
    let count = passedOver.count
    return [
      "\(folder.path): passed over \(count) \(count == 1 ? "file or folder" : "files or folders") that "
        + "\(count == 1 ? "is no image" : "are no images") of a class, such as \(first)"
    ].map { $0.echoed(limit: 1000) }
  }

  /// A report on all images, which are valid if they can be read.
  func reports(reading read: () throws(Failure) -> Void) -> [FileReport] {
    var status = FileReport.Status.valid
    do {
      try read()
    } catch {
      status = .invalid(error)
    }
    let facts = [
      "\(train.count) + \(test.count) images of \(classes.count) classes",
      emptyClasses.first.map { "\(emptyClasses.count) of them empty, such as \($0)" },
      passedOver.first.map { "\(passedOver.count) other files passed over, such as \($0)" },
    ]
    let name = facts.compactMap { $0 }.joined(separator: "; ").echoed(limit: 1000)
    return [
      FileReport(file: DatasetFile(name: name, contentBytes: 0), path: folder.path, status: status)
    ]
  }
}
