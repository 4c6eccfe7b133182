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
  /// The manifest, empty for a generated set.
  public let files: [DatasetFile]
  /// The folder inside that of the set to which the publisher's archive unpacks its files, where they
  /// are looked for too; nil for a set that is published file by file.
  public let archiveFolder: String?
  /// Mean and deviation of each channel of the training images; nil where nobody quotes them.
  public let channels: ChannelStatistics?

  /// Creates a card.
  public init(
    name: String, title: String, credit: String, license: String, classNames: [String],
    sampleShape: [Int], trainCount: Int, testCount: Int, origin: Origin, files: [DatasetFile] = [],
    archiveFolder: String? = nil, channels: ChannelStatistics? = nil
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
    self.archiveFolder = archiveFolder
    self.channels = channels
  }
}
