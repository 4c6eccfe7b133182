import Foundation
import JPEG

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

  /// Reads all JPEG files (`.jpg` and `.jpeg`) of a folder, in the order of their names.
  ///
  /// - Throws: `RobustnessError` of kind `invalidOption` where there are none, `invalidData` where
  ///   one cannot be read.
  public init(folder: URL) throws(RobustnessError) {
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))?
      .filter { ["jpg", "jpeg"].contains($0.pathExtension.lowercased()) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent } ?? []
    guard !files.isEmpty else {
      throw RobustnessError(
        .invalidOption, at: "frost pictures", expected: "a folder with JPEG files",
        found: "none in '\(folder.path)'",
        remedy: "Put photographs of frosted glass there as .jpg files.")
    }
    var pictures: [JPEGImage] = []
    for file in files {
      do {
        pictures.append(try JPEGImage(decoding: [UInt8](Data(contentsOf: file))))
      } catch {
        throw RobustnessError(
          .invalidData, at: "frost pictures", expected: "a JPEG file in grey or colour",
          found: "'\(file.path)', which cannot be read: \(error)",
          remedy: "Replace or remove the file.")
      }
    }
    self.init(pictures)
  }
}
