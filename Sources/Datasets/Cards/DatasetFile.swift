/// One file of a data set's manifest.
///
/// Size and digest are those of the *content*: gzip output differs from one compressor to the next,
/// so a recompressed or unpacked copy of the same data is just as good.
public struct DatasetFile: Sendable, Equatable, Codable {
  /// The official name, ending in `.gz` where it is published compressed.
  public let name: String
  /// The number of bytes after unpacking.
  public let contentBytes: Int
  /// The SHA-256 of the bytes after unpacking, 64 lower-case hexadecimal digits; nil where it is not
  /// known for certain, so that only the size can be verified.
  public let contentSHA256: String?
  /// The number of bytes to download, for the progress display; nil if the file is not downloaded.
  public let downloadBytes: Int?
  /// Addresses to download from, the first one first.
  public let mirrors: [String]
  /// Whether size and digest are those of the file as it is, be it compressed or not.
  public let isArchive: Bool

  /// Creates an entry of a manifest.
  public init(
    name: String, contentBytes: Int, contentSHA256: String? = nil, downloadBytes: Int? = nil,
    mirrors: [String] = [], isArchive: Bool = false
  ) {
    self.name = name
    self.contentBytes = contentBytes
    self.contentSHA256 = contentSHA256
    self.downloadBytes = downloadBytes
    self.mirrors = mirrors
    self.isArchive = isArchive
  }

  /// The names under which the file may lie in its folder: as published, or unpacked.
  public var acceptedNames: [String] {
    name.hasSuffix(".gz") && !isArchive ? [name, String(name.dropLast(3))] : [name]
  }
}
