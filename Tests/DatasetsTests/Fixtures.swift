import Datasets
import Foundation
import Images
import TestSupport

/// A gzip file of one member, its content stored as it is.
func gzip(_ content: [UInt8]) -> [UInt8] {
  precondition(content.count <= 0xFFFF)
  let size = littleEndian(UInt32(content.count))
  var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
  bytes += size[..<2] + size[..<2].map { ~$0 } + content
  return bytes + littleEndian(checksum(content)) + size
}

/// The CRC-32 of a gzip trailer.
func checksum(_ content: [UInt8]) -> UInt32 {
  var sum = UInt32.max
  for byte in content {
    sum ^= UInt32(byte)
    for _ in 0..<8 {
      let polynomial: UInt32 = sum & 1 == 1 ? 0xEDB8_8320 : 0
      sum = (sum >> 1) ^ polynomial
    }
  }
  return ~sum
}

func littleEndian(_ word: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
}

/// A PNG file of one colour, or of one grey level.
func png(_ level: [UInt8], width: Int = 8, height: Int = 8) -> [UInt8] {
  PNG.encoded(
    (0..<width * height).flatMap { _ in level },
    layout: ImageLayout(width: width, height: height, channels: level.count))
}

/// The content of an IDX file of bytes.
func idx(_ sizes: [UInt32], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { littleEndian($0).reversed() } + elements
}

extension TemporaryFolder {
  /// Locations that look only here.
  var locations: DataLocations {
    DataLocations(dataRoot: url.path, environment: ["XDG_CACHE_HOME": url.path + "/cache"])
  }
}

/// A data set like MNIST, but of three training and two test images of 2 by 2 pixels.
enum TinyImages {
  static let trainImages = idx([3, 2, 2], [0, 51, 102, 153, 204, 255, 0, 0, 1, 2, 3, 4])
  static let contents: [(name: String, bytes: [UInt8])] = [
    ("train-images.gz", trainImages),
    ("train-labels.gz", idx([3], [0, 1, 1])),
    ("test-images.gz", idx([2, 2, 2], [9, 8, 7, 6, 5, 4, 3, 2])),
    ("test-labels.gz", idx([2], [1, 0])),
  ]

  /// The source, to be downloaded from addresses that begin with `base`.
  static func source(base: String? = nil) -> IDXSource {
    IDXSource(
      card: DatasetCard(
        name: "tiny", title: "Tiny", credit: "none", license: "CC0", classNames: ["a", "b"],
        sampleShape: [1, 2, 2], trainCount: 3, testCount: 2, origin: .files,
        files: contents.map { name, bytes in
          DatasetFile(
            name: name, contentBytes: bytes.count,
            contentSHA256: FileContent(bytes, path: name).sha256,
            mirrors: base.map { ["\($0)/\(name)"] } ?? [])
        }))
  }

  /// Writes the files compressed; `replacing` puts other content in the place of some.
  static func install(
    in folder: TemporaryFolder, path: String = "tiny/", replacing: [String: [UInt8]] = [:]
  ) throws {
    for (name, bytes) in contents {
      try folder.write(gzip(replacing[name] ?? bytes), to: path + name)
    }
  }
}
