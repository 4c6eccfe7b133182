import Failures
import Files
import Foundation
import JPEG
import PNG

/// Photographs of frosted glass, of which `Frost` lays pieces over images.
///
/// The six of ImageNet-C are not distributed with Basin; a user names a folder of pictures.
public struct FrostPictures: Sendable {
  let pictures: [JPEGImage]

  /// - Precondition: there is a picture.
  package init(_ pictures: [JPEGImage]) {
    precondition(!pictures.isEmpty, "FrostPictures: no picture")
    self.pictures = pictures
  }

  /// Reads all JPEG and PNG files (`.jpg`, `.jpeg` and `.png`) of a folder, in the order of their names.
  ///
  /// - Throws: `Failure` of kind `invalidOption` where there are none, `unsuitable` where
  ///   one cannot be read.
  public init(folder: URL) throws(Failure) {
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))?
      .filter { ["jpg", "jpeg", "png"].contains($0.pathExtension.lowercased()) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent } ?? []
    guard !files.isEmpty else {
      throw Failure(
        .invalidOption, at: "frost pictures", expected: "a folder with JPEG or PNG files",
        found: "none in '\(folder.path)'",
        remedy: "Put photographs of frosted glass there as .jpg or .png files.")
    }
    var pictures: [JPEGImage] = []
    for file in files {
      do {
        pictures.append(try Self.picture(in: RegularFile.content(of: file.path)))
      } catch {
        throw Failure(
          .unsuitable, at: "frost pictures", expected: "a JPEG or PNG file in grey or colour",
          found: "'\(file.path)', which cannot be read: \(error)",
          remedy: "Replace or remove the file.")
      }
    }
    self.init(pictures)
  }

  /// A picture with more pixels in a row or column than a JPEG file can have.
  private struct TooLong: Error, CustomStringConvertible {
    let width, height: Int
    var description: String { "\(width) x \(height) pixels" }
  }

  /// The picture of a file, whose first bytes tell its format, whatever it is called.
  private static func picture(in file: [UInt8]) throws -> JPEGImage {
    guard FileKind(of: file) == .png else { return try JPEGImage(decoding: file) }
    let (width, height, _) = try PNGImage.layout(of: file)
    let area = width * height
    var planes = [UInt8](repeating: 0, count: 3 * area)
    try file.withUnsafeBufferPointer { bytes in
      try planes.withUnsafeMutableBufferPointer {
        try PNGImage.decode(bytes, width: width, height: height, into: $0)
      }
    }
    guard max(width, height) <= JPEGImage.longestSide else {
      throw TooLong(width: width, height: height)
    }
    return JPEGImage(
      width: width, height: height, channels: 3,
      pixels: (0..<3 * area).map { planes[$0 % 3 * area + $0 / 3] })
  }
}
