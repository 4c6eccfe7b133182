import Foundation
import Images
import Testing

/// Pictures as Pillow and OpenCV write them; Fixtures/make.py makes them, and says what Pillow makes of them.
@Suite("Formats of images")
struct ImageFormatTests {
  struct Expectation: Decodable {
    let width, height, channels: Int
    /// zlib.crc32 of the levels of 8 bits.
    let planes: UInt32
    /// That of the shares of 65,535, of 16 bits.
    let shares: UInt32?
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")
  static let expected =
    (try? JSONDecoder().decode(
      [String: Expectation].self,
      from: Data(contentsOf: folder.appendingPathComponent("expected.json")))) ?? [:]

  static func file(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  @Test("Levels are those of their writers, and Pillow's", arguments: expected.keys.sorted())
  func levels(name: String) throws {
    let file = try Self.file(name)
    let expected = Self.expected[name]!
    let format = try ImageFormats.format(of: file)
    let layout = try format.layout(of: file)
    #expect(
      layout
        == ImageLayout(
          width: expected.width, height: expected.height, channels: expected.channels))
    let levels = try format.levels(of: file, width: layout.width, height: layout.height)
    #expect(PNGTests.crc32(levels) == expected.planes)
    #expect(format.endings.contains(String(name.split(separator: ".").last!)))

    let picture = try Picture(decoding: file)
    #expect(picture.layout == layout)
    let depth = file.withUnsafeBufferPointer { format.depth(of: $0) }
    if let shares = expected.shares {
      let bytes = picture.planes.flatMap { share in
        withUnsafeBytes(of: share.bitPattern.littleEndian) { Array($0) }
      }
      #expect(PNGTests.crc32(bytes) == shares && depth == 16)
    } else {
      #expect(picture.planes == levels.map { Float($0) / 255 } && depth <= 8)
    }
  }

  @Test(
    "What is not read is refused with the reason",
    arguments: [
      ("refused-animation.webp", "an animated WebP image", "Save one of its frames as a picture."),
      (
        "refused-cmyk.jpg", "a JPEG image in CMYK",
        "Convert it to RGB, in Pillow by image.convert('RGB')."
      ),
      ("refused.gif", "a GIF image", nil), ("refused.bmp", "a BMP image", nil),
      ("refused.tif", "a TIFF image", nil),
    ] as [(String, String, String?)])
  func refusals(name: String, reason: String, remedy: String?) throws {
    let file = try Self.file(name)
    let fault = #expect(throws: ImageFault.self) { try Picture(decoding: file) }
    #expect(fault?.description == reason)
    #expect(fault?.remedy == remedy)
  }

  @Test("What is written as PNG is read back", arguments: [1, 3])
  func written(channels: Int) throws {
    let layout = ImageLayout(width: 9, height: 4, channels: channels)
    let pixels = (0..<36 * channels).map { UInt8($0 * 37 % 256) }
    let file = PNG.encoded(pixels, layout: layout)
    #expect(try PNG().layout(of: file) == layout)
    let levels = try PNG().levels(of: file, width: 9, height: 4)
    for c in 0..<3 {
      #expect(
        levels[c * 36..<(c + 1) * 36]
          .elementsEqual((0..<36).map { pixels[$0 * channels + min(c, channels - 1)] }))
    }
  }

  @Test("A WebP file cut anywhere, or of another size, is an error")
  func damagedWebP() throws {
    for name in ["pillow-lossless.webp", "pillow-lossy.webp", "pillow-lossy-alpha.webp"] {
      let file = try Self.file(name)
      for count in file.indices.dropLast() {
        #expect(throws: ImageFault.self) {
          try WebP().levels(of: Array(file[..<count]), width: 7, height: 5)
        }
      }
      let fault = #expect(throws: ImageFault.self) {
        try WebP().levels(of: file, width: 5, height: 7)
      }
      #expect(fault?.description == "7 x 5 pixels")
    }
  }

  @Test("Any bytes of WebP give an image or an error")
  func hostileWebP() throws {
    var state: UInt64 = 5
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let files = try ["pillow-lossless.webp", "opencv.webp", "pillow-lossy-alpha.webp"]
      .map(Self.file)
    var decoded = 0
    for round in 0..<1500 {
      var file = files[round % files.count]
      for _ in 0...draw(4) { file[draw(file.count)] = UInt8(draw(256)) }
      if (try? WebP().levels(of: file, width: 7, height: 5)) != nil { decoded += 1 }
    }
    #expect((10..<1490).contains(decoded))
  }

  @Test("The formats are named, and their endings are nobody else's")
  func registry() {
    #expect(Self.expected.count == 19)
    #expect(ImageFormats.names == "JPEG, PNG or WebP")
    #expect(ImageFormats.endings.count == ImageFormats.all.flatMap(\.endings).count)
  }
}
