import Foundation
import Images
import TestSupport

/// A folder with files, removed with the value.
final class FrostFolder {
  private let folder: TemporaryFolder
  var url: URL { folder.url }

  init(_ files: [String: [UInt8]]) throws {
    folder = try TemporaryFolder()
    for (name, content) in files { try folder.write(content, to: name) }
  }

  /// With one small picture.
  convenience init() throws {
    try self.init(["a.jpg": Self.picture(level: 100, width: 40, height: 30).encoded(quality: 95)])
  }

  /// A picture of one grey.
  static func picture(level: UInt8, width: Int, height: Int) -> JPEGImage {
    JPEGImage(
      width: width, height: height, channels: 1,
      pixels: Array(repeating: level, count: width * height))
  }
}
