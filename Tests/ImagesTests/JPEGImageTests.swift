import Foundation
import Images
import Testing

@Suite("JPEG")
struct JPEGImageTests {
  /// Level (7 x + 13 y + 29 c) mod 256 at row y, column x and channel c.
  static func pattern(width: Int, height: Int, channels: Int) -> JPEGImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<channels { pixels.append(UInt8((7 * x + 13 * y + 29 * c) % 256)) }
      }
    }
    return JPEGImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The check sum of zlib.
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
  }

  // Pillow 13.0 with libjpeg-turbo 3.2: zlib.crc32 of Image.save(_, 'JPEG', quality=q) and of the
  // pixels of Image.open of that file.
  @Test(
    "files and pixels are Pillow's",
    arguments: [
      (3, 80, 713, 464_781_497, 200_555_901), (3, 25, 660, 2_638_650_995, 347_584_566),
      (3, 7, 641, 472_343_884, 499_323_270), (1, 80, 340, 3_609_110_428, 2_884_353_719),
      (1, 25, 335, 2_947_486_160, 301_587_538), (1, 7, 333, 497_090_918, 1_959_202_239),
    ] as [(Int, Int, Int, UInt32, UInt32)])
  func agreesWithPillow(
    channels: Int, quality: Int, size: Int, fileSum: UInt32, pixelSum: UInt32
  ) throws {
    let image =
      channels == 3
      ? Self.pattern(width: 16, height: 12, channels: 3)
      : Self.pattern(width: 8, height: 8, channels: 1)
    let file = image.encoded(quality: quality)
    #expect(file.count == size)
    #expect(Self.crc32(file) == fileSum)
    let decoded = try JPEGImage(decoding: file)
    #expect(decoded.width == image.width && decoded.height == image.height)
    #expect(decoded.channels == channels)
    #expect(Self.crc32(decoded.pixels) == pixelSum)
  }

  /// Image.save(_, 'JPEG', quality=80, progressive=True) of the grey pattern of 8 x 8.
  static let progressive = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYW
    ICwgIyYnKSopGR8tMC0oMCUoKSj/wgALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABv/aAAgBAQAAAAEx/8QA
    FRABAQAAAAAAAAAAAAAAAAAABAD/2gAIAQEAAQUCOS//xAAVEAEBAAAAAAAAAAAAAAAAAAAAMf/aAAgBAQAGPwKP/8QA
    FRABAQAAAAAAAAAAAAAAAAAAADH/2gAIAQEAAT8hif/aAAgBAQAAABD/AP/EABUQAQEAAAAAAAAAAAAAAAAAAADx/9oA
    CAEBAAE/EIj/2Q==
    """)

  /// Image.fromarray(pattern of 8 x 8 x 4, 'CMYK').save(_, 'JPEG').
  static let cmyk = bytes(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3
    KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYH
    CAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBka
    JSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeo
    qaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwDudV8T
    /e/efrW5qvif737z9aTVfE/3v3n61g6r4n+9+8/Wv//Z
    """)

  static func bytes(_ base64: String) -> [UInt8] {
    [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters)!)
  }

  @Test("a progressive file holds the pixels of the baseline file") func progressiveFile() throws {
    let decoded = try JPEGImage(decoding: Self.progressive)
    #expect(Self.crc32(decoded.pixels) == 2_884_353_719)
  }

  @Test("what is no JPEG, or CMYK, is refused with its reason") func refusals() {
    func reason(_ file: [UInt8]) -> String? {
      #expect(throws: ImageFault.self) { try JPEGImage(decoding: file) }?.description
    }
    #expect(reason([])?.contains("Empty") == true)
    #expect(reason(Array("a text".utf8))?.contains("Not a JPEG file") == true)
    #expect(reason(Self.cmyk)?.contains("in CMYK") == true)
  }

  @Test("a file cut anywhere is an error", arguments: [1, 3]) func truncated(channels: Int) {
    let file = Self.pattern(width: 16, height: 12, channels: channels).encoded(quality: 50)
    for count in 0..<file.count - 2 {
      #expect(throws: ImageFault.self) { try JPEGImage(decoding: Array(file[..<count])) }
    }
  }

  static func planes(_ file: [UInt8], width: Int, height: Int) throws(ImageFault) -> [UInt8] {
    try JPEG().levels(of: file, width: width, height: height)
  }

  @Test("planes hold the pixels of the image, grey in three", arguments: [1, 3])
  func planes(channels: Int) throws {
    let file = Self.pattern(width: 17, height: 11, channels: channels).encoded(quality: 60)
    let image = try JPEGImage(decoding: file)
    #expect(try JPEG().layout(of: file) == ImageLayout(width: 17, height: 11, channels: channels))
    let planes = try Self.planes(file, width: 17, height: 11)
    for index in 0..<17 * 11 {
      for c in 0..<3 {
        let level = image.pixels[channels == 1 ? index : 3 * index + c]
        #expect(planes[c * 17 * 11 + index] == level)
      }
    }
  }

  @Test("planes are for images of their size, whole ones") func planeRefusals() {
    let file = Self.pattern(width: 16, height: 12, channels: 3).encoded(quality: 50)
    func reason(_ file: [UInt8], _ width: Int, _ height: Int) -> String? {
      #expect(throws: ImageFault.self) {
        try Self.planes(file, width: width, height: height)
      }?.description
    }
    #expect(reason(file, 12, 16) == "16 x 12 pixels")
    #expect(reason(file, 16, 13) == "16 x 12 pixels")
    #expect(reason([], 16, 12)?.contains("Empty") == true)
    #expect(reason(Self.cmyk, 8, 8)?.contains("in CMYK") == true)
    for count in 0..<file.count - 2 { #expect(reason(Array(file[..<count]), 16, 12) != nil) }
  }

  @Test("any bytes give an image or an error") func hostileBytes() {
    var state: UInt64 = 5
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let files = [
      Self.pattern(width: 16, height: 12, channels: 3).encoded(quality: 30), Self.progressive,
      Self.cmyk,
    ]
    var decoded = 0
    for round in 0..<3000 {
      var file = files[round % files.count]
      for _ in 0...draw(4) { file[draw(file.count)] = UInt8(draw(256)) }
      guard let image = try? JPEGImage(decoding: file) else { continue }
      #expect(image.pixels.count == image.width * image.height * image.channels)
      decoded += 1
    }
    #expect((100..<2900).contains(decoded))
  }

  @Test("a small file cannot claim more pixels than there is memory for") func bomb() throws {
    var file = Self.pattern(width: 16, height: 12, channels: 1).encoded(quality: 50)
    let frame = try #require(file.indices.first { file[$0...].starts(with: [255, 0xC0]) })
    file.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    let error = #expect(throws: ImageFault.self) { try JPEGImage(decoding: file) }
    #expect(error?.description.contains("65500 x 65500 pixels") == true)
  }

  @Test("a file of a thousand scans is refused") func scans() throws {
    let file = Self.progressive
    let scan = try #require(file.indices.last { file[$0...].starts(with: [255, 0xDA]) })
    let repeated = Array(repeating: file[scan..<file.count - 2], count: 1000).joined()
    let error = #expect(throws: ImageFault.self) {
      try JPEGImage(decoding: Array(file[..<scan]) + repeated + [255, 0xD9])
    }
    #expect(error?.description == "More than 500 scans")
  }
}
