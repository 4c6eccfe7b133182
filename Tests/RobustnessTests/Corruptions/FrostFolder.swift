import Foundation
import Images

/// A folder with files, removed with the value.
final class FrostFolder {
  let url: URL

  init(_ files: [String: [UInt8]]) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("frost-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, content) in files {
      try Data(content).write(to: url.appendingPathComponent(name))
    }
  }

  /// With one small picture.
  convenience init() throws {
    try self.init(["a.jpg": Self.picture(level: 100, width: 40, height: 30).encoded(quality: 95)])
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A picture of one grey.
  static func picture(level: UInt8, width: Int, height: Int) -> JPEGImage {
    JPEGImage(
      width: width, height: height, channels: 1,
      pixels: Array(repeating: level, count: width * height))
  }
}
