import Failures
import Foundation
import Images

/// What lies in one folder of a folder of images, sorted into what is used, what is known to be of no
/// account, and the rest, which is not to be left out without a word.
struct FolderListing {
  let folder: URL
  /// Files whose names end as those of images that can be read, in the order of their names.
  private(set) var images: [String] = []
  /// Folders, in the order of their names.
  private(set) var folders: [String] = []
  /// Other files.
  private(set) var others: [String] = []

  /// Lists a folder; empty for what is no folder.
  ///
  /// Names that begin with a dot, what file managers leave behind, and the boxes of Tiny-ImageNet are
  /// not in it.
  ///
  /// - Throws: `Failure` of kind `malformed` for a picture in a format that cannot be read.
  init(of folder: URL) throws(Failure) {
    self.folder = folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names.sorted() where !Self.isOfNoAccount(name) {
      let ending = (name as NSString).pathExtension.lowercased()
      if ImageFormats.endings.contains(ending) {
        images.append(name)
      } else if Self.isFolder(folder.appendingPathComponent(name)) {
        folders.append(name)
      } else if Self.foreignEndings.contains(ending) {
        throw Failure(
          .malformed, at: folder.appendingPathComponent(name).path,
          expected: "\(ImageFormats.names) images", found: "a .\(ending) file",
          remedy:
            "Convert such files, for instance with `mogrify -format png *.\(ending)`, and take "
            + "them out of the folder.")
      } else {
        others.append(name)
      }
    }
  }

  /// Everything but folders of certain names.
  func rest(without names: Set<String> = []) -> [String] {
    (images + others + folders.filter { !names.contains($0) }).map { path(of: $0) }
  }

  func path(of name: String) -> String { folder.path + "/" + name }

  /// Endings of names of other pictures, which are refused by name rather than passed over.
  private static let foreignEndings: Set<String> = [
    "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jp2", "j2k", "jxl", "ppm", "pgm",
    "pbm", "pnm", "tga", "ico", "svg", "psd", "dng", "cr2", "nef", "arw", "exr", "hdr",
  ]

  private static func isOfNoAccount(_ name: String) -> Bool {
    name.hasPrefix(".") || ["thumbs.db", "desktop.ini", "icon\r"].contains(name.lowercased())
      || name.hasSuffix("_boxes.txt")
  }

  static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
