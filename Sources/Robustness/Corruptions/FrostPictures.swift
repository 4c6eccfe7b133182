import Failures
import Files
import Foundation
import Images

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

  /// Reads all pictures of a folder whose names end as those of `ImageFormats`, in the order of their names.
  ///
  /// - Throws: `Failure` of kind `invalidOption` where there are none, `unsuitable` where
  ///   one cannot be read.
  public init(folder: URL) throws(Failure) {
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))?
      .filter { ImageFormats.endings.contains($0.pathExtension.lowercased()) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent } ?? []
    guard !files.isEmpty else {
      throw Failure(
        .invalidOption, at: "frost pictures", expected: "a folder with \(ImageFormats.names) files",
        found: "none in '\(folder.path)'",
        remedy: "Put photographs of frosted glass there, as .jpg or .png files for example.")
    }
    var pictures: [JPEGImage] = []
    for file in files {
      do {
        pictures.append(try Self.picture(in: RegularFile.content(of: file.path)))
      } catch {
        throw Failure(
          .unsuitable, at: "frost pictures",
          expected: "a \(ImageFormats.names) file in grey or colour",
          found: "'\(file.path)', which cannot be read: \(error)",
          remedy: (error as? ImageFault)?.remedy ?? "Replace or remove the file.")
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
    let format = try ImageFormats.format(of: file)
    guard format.kind != .jpeg else { return try JPEGImage(decoding: file) }
    let layout = try format.layout(of: file)
    let (width, height, area) = (layout.width, layout.height, layout.width * layout.height)
    guard max(width, height) <= JPEGImage.longestSide else {
      throw TooLong(width: width, height: height)
    }
    let planes = try format.levels(of: file, width: width, height: height)
    return JPEGImage(
      width: width, height: height, channels: 3,
      pixels: (0..<3 * area).map { planes[$0 % 3 * area + $0 / 3] })
  }
}
