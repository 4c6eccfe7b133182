import Failures
import Foundation

/// Something that a data set can be loaded from.
///
/// A new data set is one file with such a source and one line in `DatasetCatalog`; from another
/// package, `BasinTool.run(datasets:)`.
public protocol DatasetSource: Sendable {
  /// What the data set is.
  var card: DatasetCard { get }

  /// Loads the data set.
  ///
  /// - Throws: `Failure` if its files are missing or malformed, or an option is out of range.
  func load(_ options: LoadOptions) throws(Failure) -> Dataset

  /// The folder that `load` reads; nil for a set that needs no files.
  ///
  /// - Throws: `Failure` of kind `missing` if it is not installed.
  func folder(in locations: DataLocations) throws(Failure) -> URL?

  /// What was found of the installed files.
  ///
  /// - Throws: `Failure` of kind `missing` if it is not installed.
  func verify(in locations: DataLocations) throws(Failure) -> [FileReport]
}

extension DatasetSource {
  /// The first folder that holds every file of the card.
  public func folder(in locations: DataLocations) throws(Failure) -> URL? {
    card.origin == .files ? try locations.folder(of: card) : nil
  }

  /// Compares every file with the manifest.
  public func verify(in locations: DataLocations) throws(Failure) -> [FileReport] {
    try locations.verify(card)
  }
}
