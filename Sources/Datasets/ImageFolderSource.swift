import Foundation
import JPEG

/// The images of a folder of the user's, by class: `folder:PATH` in the place of a data set's name.
///
/// `ImageFolder` says how they lie in it. All have to be JPEG files of one size, which is that of the
/// first; all become images of three channels. The classes are the folders of `train`, in the order
/// of their names, called by `words.txt` where the folder has one.
public struct ImageFolderSource: DatasetSource {
  /// What the folder holds.
  public let card: DatasetCard
  private let images: ImageFolder

  /// Looks through the folder, and into its first image.
  ///
  /// - Parameter name: `folder:PATH`, where PATH may begin with `~`.
  /// - Throws: `DatasetError` of kind `missingData`, `malformedData` or `fileSystem`.
  public init(name: String) throws(DatasetError) {
    let path = String(name.dropFirst(DatasetCatalog.folderPrefix.count))
    let folder = URL(
      fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: true)
    images = try ImageFolder(folder)
    let first = images.train[0].path
    let size: (width: Int, height: Int, channels: Int)
    do {
      size = try JPEGImage.layout(of: OpenFile(first).content())
    } catch let error as JPEGError {
      throw DatasetError(
        .malformedData, at: first, expected: "a JPEG image", found: error.description,
        remedy: "Take the file out of the folder.")
    } catch let error as DatasetError {
      throw error
    } catch {
      fatalError("ImageFolderSource: \(error)")
    }
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
  /// - Throws: `DatasetError` of kind `malformedData` that names the first file that is no JPEG image
  ///   or has another size, `fileSystem` for one that cannot be read.
  public func load(_ options: LoadOptions) throws(DatasetError) -> Dataset {
    func part(_ entries: [ImageFolder.Entry]) throws(DatasetError) -> LabelledSamples {
      try LabelledSamples(
        jpegFiles: entries, shape: card.sampleShape, classNames: card.classNames,
        example: images.train[0].path)
    }
    return try Dataset(
      card: card, train: part(images.train), test: part(images.test), options: options)
  }

  /// The folder of the name.
  public func folder(in locations: DataLocations) throws(DatasetError) -> URL? { images.folder }

  /// Decodes every image, there being nothing to compare them with.
  public func verify(in locations: DataLocations) throws(DatasetError) -> [FileReport] {
    images.reports { () throws(DatasetError) in _ = try load(LoadOptions(locations: locations)) }
  }
}

extension ImageFolder {
  /// A report on all images, which are valid if they can be read.
  func reports(reading read: () throws(DatasetError) -> Void) -> [FileReport] {
    var status = FileReport.Status.valid
    do {
      try read()
    } catch {
      status = .invalid(error)
    }
    let name = "\(train.count) + \(test.count) images of \(classes.count) classes"
    return [
      FileReport(file: DatasetFile(name: name, contentBytes: 0), path: folder.path, status: status)
    ]
  }
}
