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

  /// The format of a file, whose first bytes tell it.
  ///
  /// - Throws: `ImageFault` that says what the file is instead.
  public static func format(
    of file: some Collection<UInt8>
  ) throws(ImageFault) -> any ImageFormat {
    let kind = FileKind(of: file)
    guard let format = all.first(where: { $0.kind == kind }) else {
      throw ImageFault(
        description: file.isEmpty ? "an empty file" : kind?.rawValue ?? "none of them")
    }
    return format
  }
}
