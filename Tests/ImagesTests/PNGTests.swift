import Images
import Testing

@Suite("PNG")
struct PNGTests {
  static func planes(
    _ file: [UInt8], width: Int = 7, height: Int = 5
  ) throws(ImageFault) -> [UInt8] {
    try PNG().levels(of: file, width: width, height: height)
  }

  /// The check sum of zlib, which chunks have too.
  static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
  }

  static func file(_ name: String) -> [UInt8] { PNGForms.all.first { $0.name == name }!.file }

  /// The file with another size in its header, whose check sum is right.
  static func claiming(width: UInt32, height: UInt32) -> [UInt8] {
    var file = file("grey 8")
    let sizes = [width, height].flatMap { size in (0..<4).map { UInt8(size >> (24 - 8 * $0) & 255) }
    }
    file.replaceSubrange(16..<24, with: sizes)
    let sum = crc32(file[12..<29])
    file.replaceSubrange(29..<33, with: (0..<4).map { UInt8(sum >> (24 - 8 * $0) & 255) })
    return file
  }

  func reason(_ file: [UInt8], width: Int = 7, height: Int = 5) -> String? {
    #expect(throws: ImageFault.self) { try Self.planes(file, width: width, height: height) }?
      .description
  }

  @Test("levels are Pillow's, whatever the form", arguments: PNGForms.all.indices)
  func agreesWithPillow(index: Int) throws {
    let form = PNGForms.all[index]
    let layout = try PNG().layout(of: form.file)
    let isGrey = form.name.hasPrefix("grey")
    #expect(layout == ImageLayout(width: 7, height: 5, channels: isGrey ? 1 : 3), "\(form.name)")
    let planes = try Self.planes(form.file)
    #expect(Self.crc32(planes) == form.sum, "\(form.name)")
    if isGrey { #expect(planes[..<35] == planes[35..<70] && planes[..<35] == planes[70...]) }
  }

  @Test("an alpha channel is dropped: the colours of transparent pixels count")
  func alpha() throws {
    #expect(try Self.planes(Self.file("colour+alpha 8")) == Self.planes(Self.file("colour 8")))
    #expect(try Self.planes(Self.file("grey+alpha 8")) == Self.planes(Self.file("grey 8")))
  }

  @Test(
    "a file cut anywhere is an error", arguments: ["grey 8", "colour 8 interlaced", "palette 4"])
  func truncated(name: String) {
    let file = Self.file(name)
    for count in file.indices {
      #expect(throws: ImageFault.self) { try Self.planes(Array(file[..<count])) }
    }
  }

  @Test("what is no such image is refused with its reason") func refusals() {
    let file = Self.file("grey 8")
    #expect(reason([])?.contains("ends early") == true)
    #expect(reason(Array("a text that is long enough".utf8)) == "Not a PNG file")
    #expect(reason(file, width: 5, height: 7) == "7 x 5 pixels")
    var damaged = file
    damaged[file.count - 20] ^= 1
    #expect(reason(damaged) != nil)
  }

  @Test("a small file cannot claim more pixels than it can hold") func bomb() throws {
    let huge = Self.claiming(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)
    #expect(reason(huge)?.contains("where at most 100000000 can be read") == true)
    let large = Self.claiming(width: 10_000, height: 10_000)
    #expect(reason(large)?.hasPrefix("10000 x 10000 pixels, which a file of ") == true)
    #expect(throws: ImageFault.self) { try PNG().layout(of: large) }
    #expect(reason(Self.claiming(width: 0, height: 1)) != nil)
    // Within what the bytes could hold, but without the rows.
    #expect(reason(Self.claiming(width: 7, height: 6), width: 7, height: 6) != nil)
  }

  @Test("any bytes give an image or an error") func hostileBytes() {
    var state: UInt64 = 5
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    /// Sums made right again, so that damage reaches what is behind them.
    func mended(_ file: [UInt8]) -> [UInt8] {
      var file = file
      var place = 8
      while place + 12 <= file.count {
        let size = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        guard size <= file.count - place - 12 else { break }
        let sum = Self.crc32(file[place + 4..<place + 8 + size])
        for index in 0..<4 { file[place + 8 + size + index] = UInt8(sum >> (24 - 8 * index) & 255) }
        place += 12 + size
      }
      return file
    }
    var decoded = 0
    for round in 0..<2000 {
      var file = PNGForms.all[round % PNGForms.all.count].file
      for _ in 0...draw(3) {
        let place = draw(2) == 0 ? draw(min(45, file.count)) : draw(file.count)
        if draw(8) == 0 { file.remove(at: place) } else { file[place] = UInt8(draw(256)) }
      }
      if draw(4) != 0 { file = mended(file) }
      if (try? PNG().layout(of: file)) != nil, (try? Self.planes(file)) != nil { decoded += 1 }
    }
    #expect((40..<1900).contains(decoded))
  }
}
