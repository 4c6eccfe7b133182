import Files
import Testing

@Suite("Numbers in files")
struct StoredNumberTests {
  /// Patterns by hand and the numbers that they mean.
  static let cases: [(StoredNumber, [UInt8], [Double])] = [
    (.bool, [0, 1, 2], [0, 1, 1]),
    (.int8, [0xFD, 0x7F], [-3, 127]), (.uint8, [0xFD], [253]),
    (.int16, [0xD4, 0xFE], [-300]), (.uint16, [0xD4, 0xFE], [65236]),
    (.int32, [0x90, 0xEE, 0xFE, 0xFF], [-70000]),
    (.uint32, [0, 0x28, 0x6B, 0xEE], [4_000_000_000]),
    (.int64, [0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF], [-0x1p40]),
    (.uint64, [0, 0, 0, 0, 0, 0, 0, 0x80], [0x1p63]),
    // 1, -2, the largest, the smallest normal and subnormal, 1/3 rounded.
    (
      .float16, [0, 0x3C, 0, 0xC0, 0xFF, 0x7B, 0, 4, 1, 0, 0x55, 0x35],
      [1, -2, 65504, 0x1p-14, 0x1p-24, 0.333251953125]
    ),
    (.float16, [0, 0x7C, 0, 0xFC], [.infinity, -.infinity]),
    (.bfloat16, [0x80, 0x3F, 0x49, 0xC0], [1, -3.140625]),
    (.float32, [0, 0, 0xC0, 0x3F], [1.5]),
    (.float64, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], [-1.5]),
  ]

  @Test("are read in either byte order", arguments: cases)
  func values(number: StoredNumber, bytes: [UInt8], expected: [Double]) {
    let swapped = stride(from: 0, to: bytes.count, by: number.width).flatMap {
      bytes[$0..<$0 + number.width].reversed()
    }
    #expect(bytes.withUnsafeBytes { number.doubles(in: $0) } == expected)
    #expect(swapped.withUnsafeBytes { number.doubles(in: $0, isBigEndian: true) } == expected)
    let integers = swapped.withUnsafeBytes { number.integers(in: $0, isBigEndian: true) }
    let isCountable = number.isInteger && expected.allSatisfy { $0 < 0x1p63 }
    #expect(integers == (isCountable ? expected.map { Int64($0) } : nil))
  }

  @Test("half precision: every number is that of its formula, and NaN stays NaN")
  func halves() {
    for pattern in UInt16.min...UInt16.max {
      let value = withUnsafeBytes(of: pattern.littleEndian) {
        StoredNumber.float16.doubles(in: $0)[0]
      }
      let (exponent, fraction) = (Int(pattern >> 10 & 31), Double(pattern & 1023))
      if exponent == 31 {
        #expect(fraction == 0 ? value.isInfinite : value.isNaN)
        continue
      }
      var expected = exponent == 0 ? fraction / 1024 : 1 + fraction / 1024
      for _ in 0..<max(exponent, 1) { expected *= 2 }
      #expect(value == (pattern >> 15 == 0 ? expected : -expected) / 32768)
    }
  }

  @Test("an unaligned slice is read")
  func unaligned() {
    let bytes: [UInt8] = [9, 0, 0, 0xC0, 0x3F]
    #expect(bytes[1...].withUnsafeBytes { StoredNumber.float32.doubles(in: $0) } == [1.5])
  }
}

@Suite("Kinds of files")
struct FileKindTests {
  @Test(
    "are told by the first bytes",
    arguments: [
      ([0x93] + Array("NUMPY".utf8), .numPy), (Array("GIF89a".utf8), .gif),
      ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg), (Array("RIFFxxxxWEBPVP8 ".utf8), .webP),
      ([0, 0, 0, 32] + Array("ftypavif".utf8), .heif), (Array("BM6\u{1}\0\0\0\0\0\0".utf8), .bmp),
      (Array("BMI,age,height".utf8), nil),
      (Array("MATLAB 5.0 MAT-file".utf8), .matlab), (Array("MATLAB 7.3 MAT-file".utf8), .hdf5),
      (zip("a.npy"), .numPyArchive), (zip("model/data.pkl"), .pyTorch), (zip("notes"), .zip),
      (Array("PK\u{3}\u{4}".utf8), .zip), ([0x80, 2, 0x8A, 0x0A, 0x6C], .pyTorch),
      ([], nil), (Array("1,2,3".utf8), nil), ([10, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), nil),
    ] as [([UInt8], FileKind?)])
  func kinds(content: [UInt8], kind: FileKind?) {
    #expect(FileKind(of: content) == kind)
  }

  /// The head of an archive whose first file has this name.
  static func zip(_ name: String) -> [UInt8] {
    Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [
      UInt8(name.utf8.count), 0, 0, 0,
    ]
      + Array(name.utf8)
  }
}
