import Catalogs
import Failures
import Foundation

/// Every data set that Basin knows, by name.
public enum DatasetCatalog {
  /// The data sets, in the order in which they are listed.
  public static var sources: [any DatasetSource] { catalog.entries }

  private static let builtIn: [any DatasetSource] = [
    Digits(),
    SpiralArms(),
    IDXSource.mnist,
    IDXSource.fashionMNIST,
    CIFARSource.cifar10,
    CIFARSource.cifar100,
    SVHNSource(),
    TinyImageNetSource(),
  ]

  private static let catalog = Catalog(builtIn, of: "data set", name: { $0.card.name })

  /// Adds a data set of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ source: any DatasetSource) throws(CatalogError) {
    try catalog.add(source)
  }

  /// What the name of a folder of the user's own images begins with.
  public static let folderPrefix = ImageFolderSource.prefix

  /// What the name of data in files of arrays or tables begins with.
  public static let arraysPrefix = ArrayNames.prefix

  /// The source of the data set of that name, the arrays of some files for `arrays:TRAIN,TEST`, or of the images of the folder `PATH` for `folder:PATH`.
  ///
  /// - Throws: `Failure` of kind `unknownName`, which names those that there are; what is wrong
  ///   with the user's folder.
  public static func source(named name: String) throws(Failure) -> any DatasetSource {
    if name.hasPrefix(folderPrefix) { return try ImageFolderSource(name: name) }
    if name.hasPrefix(ArrayNames.prefix) { return try ArraySource(name: name) }
    guard let source = catalog[name] else {
      let names = catalog.names.joined(separator: ", ")
      throw Failure(
        .unknownName, at: "data set", expected: "one of \(names)", found: "\"\(name)\"",
        remedy:
          "`basin data list` describes each of them; folder:PATH and arrays:TRAIN,TEST take data of "
          + "your own.")
    }
    return source
  }

  /// The name with absolute paths, where it is of the user's own files: it means the same in every working
  /// directory. Other names as they are.
  public static func absoluteName(_ name: String) -> String {
    if name.hasPrefix(ArrayNames.prefix) { return (try? ArrayNames(name))?.absolute ?? name }
    return ImageFolderSource.absoluteName(name)
  }

  /// The folder or files that a name of the user's own data means; none of other data sets.
  public static func places(named name: String) -> [URL] {
    ImageFolderSource.folder(named: name).map { [$0] } ?? ArraySource.files(named: name)
  }

  /// Loads the data set of that name.
  ///
  /// - Throws: `Failure` if there is none of that name, its files are missing or malformed, or
  ///   an option is out of range.
  public static func load(
    _ name: String, options: LoadOptions = LoadOptions()
  ) throws(Failure) -> Dataset {
    try source(named: name).load(options)
  }
}
