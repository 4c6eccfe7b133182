/// Something that a data set can be loaded from.
///
/// A new data set is one file with such a source and one line in `DatasetCatalog`.
public protocol DatasetSource: Sendable {
  /// What the data set is.
  var card: DatasetCard { get }

  /// Loads the data set.
  ///
  /// - Throws: `DatasetError` if its files are missing or malformed, or an option is out of range.
  func load(_ options: LoadOptions) throws(DatasetError) -> Dataset
}
