/// What a data set is, before anything of it is loaded.
public struct DatasetCard: Sendable, Equatable, Codable {
  /// Where the samples come from.
  public enum Origin: String, Sendable, Codable {
    /// Part of the program.
    case embedded
    /// Computed from the data seed.
    case generated
    /// Read from files, which `basin data fetch` installs.
    case files
  }

  /// The name on the command line and of the folder, such as `fashion-mnist`.
  public let name: String
  /// The name in a report.
  public let title: String
  /// Who made it, where and when.
  public let credit: String
  /// The licence under which it may be used.
  public let license: String
  /// The name of each class, in the order of the labels.
  public let classNames: [String]
  /// The shape of one sample: `[channels, height, width]` of an image, `[2]` of a point.
  public let sampleShape: [Int]
  /// The number of training samples, before any are held out for validation.
  public let trainCount: Int
  /// The number of test samples.
  public let testCount: Int
  /// Where the samples come from.
  public let origin: Origin
  /// The manifest; empty for a generated set and where there are too many files to list.
  public let files: [DatasetFile]
  /// What the publisher packed the files into; nil for a set that is published file by file.
  public let archive: DatasetArchive?
  /// Mean and deviation of each channel of the training images; nil where nobody quotes them.
  public let channels: ChannelStatistics?
  /// What the numbers of a sample are, of a table; nil of images and of points.
  public let features: [DatasetFeature]?

  /// Creates a card.
  public init(
    name: String, title: String, credit: String, license: String, classNames: [String],
    sampleShape: [Int], trainCount: Int, testCount: Int, origin: Origin, files: [DatasetFile] = [],
    archive: DatasetArchive? = nil, channels: ChannelStatistics? = nil,
    features: [DatasetFeature]? = nil
  ) {
    self.name = name
    self.title = title
    self.credit = credit
    self.license = license
    self.classNames = classNames
    self.sampleShape = sampleShape
    self.trainCount = trainCount
    self.testCount = testCount
    self.origin = origin
    self.files = files
    self.archive = archive
    self.channels = channels
    self.features = features
  }

  /// What `basin data fetch` downloads: the archive, or each file.
  public var downloads: [DatasetFile] { archive.map { [$0.file] } ?? files }

  /// This card of a folder that holds other classes, or other numbers of samples.
  func with(classNames: [String], trainCount: Int, testCount: Int) -> DatasetCard {
    DatasetCard(
      name: name, title: title, credit: credit, license: license, classNames: classNames,
      sampleShape: sampleShape, trainCount: trainCount, testCount: testCount, origin: origin,
      files: files, archive: archive, channels: channels, features: features)
  }
}
