import Files
import JPEG
import PNG

/// A format of pictures that folders of images may hold. The first bytes of a file tell it, whatever
/// the file is called.
enum ImageFormat {
  case jpeg, png

  /// Endings of names, in lower case, of files in these formats.
  static let endings: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

  /// Endings of names of other pictures, which are refused by name rather than passed over.
  static let foreignEndings: Set<String> = [
    "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "jp2", "j2k", "jxl", "ppm", "pgm",
    "pbm", "pnm", "tga", "ico", "svg", "psd", "dng", "cr2", "nef", "arw", "exr", "hdr",
  ]

  /// Why a file is no image that can be read.
  struct Fault: Error {
    let found: String
  }

  /// The format of a file.
  init(of file: some Collection<UInt8>) throws(Fault) {
    switch FileKind(of: file) {
    case .jpeg: self = .jpeg
    case .png: self = .png
    case let kind:
      throw Fault(found: file.isEmpty ? "an empty file" : kind?.rawValue ?? "neither of them")
    }
  }

  /// The width and height that a file says it has.
  static func size(of file: [UInt8]) throws(Fault) -> (width: Int, height: Int) {
    do {
      switch try ImageFormat(of: file) {
      case .jpeg:
        let layout = try JPEGImage.layout(of: file)
        return (layout.width, layout.height)
      case .png:
        let layout = try PNGImage.layout(of: file)
        return (layout.width, layout.height)
      }
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault(found: "\(error)")
    }
  }

  /// Decodes a file of a known size into three planes, one for each of red, green and blue.
  static func decode(
    _ file: [UInt8], width: Int, height: Int, into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws(Fault) {
    do {
      let format = try ImageFormat(of: file)
      try file.withUnsafeBufferPointer { bytes in
        switch format {
        case .jpeg: try JPEGImage.decode(bytes, width: width, height: height, into: planes)
        case .png: try PNGImage.decode(bytes, width: width, height: height, into: planes)
        }
      }
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault(found: "\(error)")
    }
  }
}
