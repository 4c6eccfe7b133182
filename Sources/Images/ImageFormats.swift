import Files

/// The formats of pictures that can be read.
public enum ImageFormats {
  /// All of them, in the order of messages.
  public static let all: [any ImageFormat] = [JPEG(), PNG(), WebP()]

  /// Endings of names, in lower case, of files in these formats.
  public static let endings = Set(all.flatMap(\.endings))

  /// Their names for a message: `JPEG, PNG or WebP`.
  public static let names =
    all.dropLast().map(\.name).joined(separator: ", ") + " or " + all[all.count - 1].name

  /// The format of a file, whose first bytes tell it; nil if it is in none of them.
  public static func known(in file: some Collection<UInt8>) -> (any ImageFormat)? {
    let kind = FileKind(of: file)
    return all.first { $0.kind == kind }
  }

  /// The format of a file.
  ///
  /// - Throws: `ImageFault` that says what the file is instead.
  public static func format(
    of file: some Collection<UInt8>
  ) throws(ImageFault) -> any ImageFormat {
    guard let format = known(in: file) else {
      throw ImageFault(
        description: file.isEmpty
          ? "an empty file" : FileKind(of: file)?.rawValue ?? "none of them")
    }
    return format
  }
}
