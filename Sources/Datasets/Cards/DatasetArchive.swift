/// The archive in which a publisher packed the files of a data set.
public struct DatasetArchive: Sendable, Equatable, Codable {
  /// The archive itself; its size and digest are those of the file as it is downloaded. A name that
  /// ends in `.zip` means ZIP, any other one tar, compressed or not.
  public let file: DatasetFile
  /// The folder at the top of the archive, in which everything lies. It comes to lie in the folder of
  /// the set, where the files are looked for too.
  public let folder: String
  /// The most bytes that the archive may unpack to.
  public let unpackedLimit: Int
  /// Parts of the archive, below its folder, that are left packed because nothing needs them.
  public let omittedFolders: [String]

  /// Describes an archive.
  public init(
    name: String, bytes: Int, sha256: String, mirrors: [String], folder: String,
    unpackedLimit: Int, omittedFolders: [String] = []
  ) {
    file = DatasetFile(
      name: name, contentBytes: bytes, contentSHA256: sha256, downloadBytes: bytes,
      mirrors: mirrors, isArchive: true)
    self.folder = folder
    self.unpackedLimit = unpackedLimit
    self.omittedFolders = omittedFolders
  }
}
