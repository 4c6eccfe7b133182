import Datasets
import Failures
import Foundation
import TestSupport
import Testing

@Suite("MATFile")
struct MATFileTests {
  static func bytes(_ base64: String) -> [UInt8] {
    [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters)!)
  }

  /// The header, `note` and `X` of the following files.
  private static let withoutLabels = bytes(
    """
    TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IFNhdCBOb3YgMjEgMTg6NDU6NDMgMjAyNgAA
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAKgAAAHic42NgYDAAYjYg5gBi
    FgYIYIXyGaFijEAyL78kVQBIl6RWlAAAKVUD9w8AAABTBAAAeJyFmGVQUEEUhZ8oWIiKqIiJHVig2GBigQ0CdoFd2AUKFip2dwd2
    d3d3B3Z3o6C7s74Z38zec3He4B/ezP3ezvnOXQfDMMo6G4ad+J1CPCkN9WMrnnTiyfXvSSoeG/EkEf8C//3fEH9nJHfImC1P4ZJl
    vX38mjRr26ln/2Ejx0+ds3jVhu37jp65fCuNU9bchUqU8arh2zi4Tcce/YZGjZsye9HK9dv2Hjl96eaDZy6uBYt7Vqpet1FQ69Du
    fYdERk+etXDFuq17Dp+6eOP+0zefCxQrXbFanYaBrUK69Rk8YuykmQuWr92y+9DJC9fvPXn96adRqkLV2g2atuzQNWzQ8DETZ8xf
    Frt518ET56/dffzq448/dmmq1Kof0KJ9l94DI0bHTJ+3dM2mnQeOn7t659HLD98Tbe0zuNTzb96uc68B4aMmTJu7ZPXGHfuPnb1y
    ++GL998SkqV2zJKrgGakuOfvvv5Omiq9c878RUtpRnr75ZdNynSZc+Rz8yhfRTNSfJIUaTNlz1vEvVzlmvU0I1mIakayENWMZCGq
    GclCVDOShahmJAtRzUgWopqRLEQ1I1mIakayENWMZCGqGclCVDOShahmJAtR6tybRKlzbxKlzr1JlDr3JlHq3JtEqXNvEqXOvUmU
    OvcmUe1H/+91dDKo19HJoAjRyaAI0cmgCNHJoAjRyaAI0cmgCNHJoAjRyaDOHJ0MiiidDIoonQyKKJ0MiiidDIoonQyKKJ0Miiid
    DIooo484Rh9vGX3EM/pIzujDidGHK6OPYow+KjD6qMXow5/RR1tGHz0YfQxh9DEWZad8HcpO+TqUnZIQyk5JCGWnJISyUxJC2SkJ
    oeyUhFB2SkIoO+WZo5NBEaWTQRGlk0ERpZNBEaWTQRGlk0ERpZNBEaWTQRFl9JHA6CMVo4/MjD7yMvooyejDi9FHXUYfgYw+OjD6
    6M3oI5zRx3hGH7MZfazA7erjD9yuEm1xu0rtiNuVc07crvK54XblXg63K28f3K58G+N2FdQat6uQbrhdhQ2CH18QhR9fEIUfXxCF
    H18QhR9fEEXdQRJF3UESRd1BEkXdQRJF3UESRd1BEkXdQRJF3UESRd1BEkXdQRJF3UESRd1BEkXdQRJF3UESRd1BEkXdQRLF7coh
    I25XWXPjdlWwOG5XpSvidlW1Nm5X9QNwu2reDrerTj1xu+o3FLeryGjcribNhMu5IAqXc0EULueCKFzOBVG4nAuicDkXROFyLogy
    +vjD6MOe0UcWRh/5GX14MPqozOjDj9FHMKOPUEYffRh9DGf0EcPoYy6jj1XM9YU7c33hzVxf+DLXF0HM9UUIc30RhtvVwAjcrkZN
    wO1q6hzcrhatxO1q3Va4nAuicDkXROFyLojC5VwQhcu5IAqXc0EULueCKKOPbIw+CjH68GT0UY3RRwNGHy0YfXRm9NGf0UcUo4/J
    jD4WMPqIZfSxk9HHsb8VuhH4
    """)

  /// scipy.io.savemat (1.17.1, do_compression=True) of `note`, a text, `X`, bytes
  /// (7 i + 13 j + 29 k + 31 n) mod 256 of sizes 32 x 32 x 3 x 2, and `y` = [[10], [3]] of bytes.
  static let compressed =
    withoutLabels + bytes("DwAAACkAAAB4nONjYGAwAGI2IOYAYk4GCGCF8pmAmBGMGRkqwXwmBi5mBgYAGMsA8g==")

  /// The same with `y` of doubles.
  static let doubleLabels =
    withoutLabels
    + bytes("DwAAAC0AAAB4nONjYGBwAGI2IOaA0iDACuUzATEjGDMyVAJpTiAWYIABFQcIzeEAADA2AbM=")

  /// A file of uncompressed arrays in either byte order.
  static func file(_ arrays: [[UInt8]], isBigEndian: Bool = false) -> [UInt8] {
    let version: [UInt8] = isBigEndian ? [1, 0] + Array("MI".utf8) : [0, 1] + Array("IM".utf8)
    return Array(repeating: UInt8(ascii: " "), count: 124) + version + arrays.joined()
  }

  static func word(_ value: Int, _ isBigEndian: Bool) -> [UInt8] {
    let bytes = littleEndian(UInt32(truncatingIfNeeded: value))
    return isBigEndian ? bytes.reversed() : bytes
  }

  static func element(_ type: Int, _ content: [UInt8], _ isBigEndian: Bool = false) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: (8 - content.count % 8) % 8)
    return word(type, isBigEndian) + word(content.count, isBigEndian) + content + padding
  }

  /// An array whose class, flags and number type are given; the name is a small element.
  static func array(
    _ name: String, sizes: [Int], kind: Int = 9, flags: Int = 0, type: Int = 2, numbers: [UInt8],
    claim: Int? = nil, isBigEndian: Bool = false
  ) -> [UInt8] {
    let small = word(name.utf8.count << 16 | 1, isBigEndian)
    let named = small + Array(name.utf8) + Array(repeating: 0, count: 4 - name.utf8.count)
    var data = element(type, numbers, isBigEndian)
    if let claim { data.replaceSubrange(4..<8, with: word(claim, isBigEndian)) }
    return element(
      14,
      element(6, word(flags << 8 | kind, isBigEndian) + word(0, isBigEndian), isBigEndian)
        + element(5, sizes.flatMap { word($0, isBigEndian) }, isBigEndian) + named + data,
      isBigEndian)
  }

  func read(_ content: [UInt8], _ name: String, limit: Int = 1 << 20) throws -> MATArray {
    try MATFile(content: content, location: "a.mat").array(named: name, limit: limit)
  }

  @Test("reads what SciPy wrote, past the text before it")
  func scipy() throws {
    let images = try read(Self.compressed, "X")
    #expect(images.sizes == [32, 32, 3, 2])
    guard case .bytes(let bytes) = images.elements else {
      Issue.record("\(images.elements)")
      return
    }
    #expect(bytes.count == 6144)
    for (n, k, j, i) in [(0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 5, 1), (0, 2, 31, 30), (1, 1, 7, 31)] {
      #expect(
        Int(bytes[i + 32 * (j + 32 * (k + 3 * n))]) == (7 * i + 13 * j + 29 * k + 31 * n) % 256)
    }
    let labels = try read(Self.compressed, "y")
    #expect(labels == MATArray.bytes([2, 1], [10, 3]) && labels.integers == [10, 3])
    #expect(try read(Self.doubleLabels, "y").integers == [10, 3])
  }

  @Test("reads every numeric type in either byte order", arguments: [false, true])
  func types(isBigEndian: Bool) throws {
    func numbers<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
      values.flatMap { value in
        let bytes = withUnsafeBytes(of: value.littleEndian, Array.init)
        return isBigEndian ? bytes.reversed() : bytes
      }
    }
    let cases: [(type: Int, bytes: [UInt8], values: [Double])] = [
      (1, numbers([-3, 127] as [Int8]), [-3, 127]),
      (3, numbers([-300, 32767] as [Int16]), [-300, 32767]),
      (4, numbers([65535, 1] as [UInt16]), [65535, 1]),
      (5, numbers([-70000, 2] as [Int32]), [-70000, 2]),
      (6, numbers([4_000_000_000, 2] as [UInt32]), [4e9, 2]),
      (7, numbers([Float(1.5), -2].map(\.bitPattern)), [1.5, -2]),
      (9, numbers([0.1, -7].map(\.bitPattern)), [0.1, -7]),
      (12, numbers([-1 << 40, 9] as [Int64]), [-0x1p40, 9]),
      (13, numbers([1 << 63, 9] as [UInt64]), [0x1p63, 9]),
    ]
    for (type, bytes, values) in cases {
      let array = Self.array(
        "v", sizes: [1, 2], kind: 6, type: type, numbers: bytes, isBigEndian: isBigEndian)
      let other = Self.array("w", sizes: [1, 1], numbers: [1], isBigEndian: isBigEndian)
      let content = Self.file([other, array], isBigEndian: isBigEndian)
      let read = try read(content, "v")
      #expect(read.sizes == [1, 2])
      #expect(read.elements == .numbers(values), "type \(type)")
      #expect(
        read.integers
          == (values.contains(0.1) || values.contains(1.5) || values.contains(0x1p63)
            ? nil : values.map { Int($0) }))
    }
  }

  @Test(
    "says what is wrong",
    arguments: [
      ([], "a MATLAB header of 128 bytes, found a file of 0 bytes"),
      (
        Array("a text of MATLAB's size".utf8) + Array(repeating: 32, count: 200),
        "another kind of file"
      ),
      (
        Array("MATLAB 7.3 MAT-file".utf8),
        "one of version 7.3. Save it in MATLAB with the option -v7"
      ),
      (file([]).dropLast(4) + [0, 2, 0x49, 0x4D], "one of version 7.3"),
      (file([]), "a numeric array v, found none of that name"),
      (file([array("w", sizes: [1, 1], numbers: [1])]), "found none of that name"),
      (file([array("v", sizes: [1, 1], kind: 4, numbers: [1])]), "found none of that name"),
      (file([array("v", sizes: [1, 1], flags: 8, numbers: [1])]), "found complex ones"),
      (file([array("v", sizes: [1, 2], numbers: [1])]), "2 bytes of v for sizes 1 x 2, found 1"),
      (file([array("v", sizes: [1, 9], numbers: [1], claim: 9)]), "one cut short after"),
      (file([array("v", sizes: [1, -1], numbers: [1])]), "array sizes that is damaged"),
      (
        file([array("v", sizes: [.max >> 33, .max >> 33, .max >> 33], numbers: [1])]),
        "at most 1000 bytes in v"
      ),
      (file([array("v", sizes: [1, 1001], numbers: [1])]), "found 1 x 1001 numbers"),
      (file([array("v", sizes: [1, 1], type: 8, numbers: [1])]), "the numbers of v"),
      (file([[14, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]]), "one cut short after 136 bytes"),
      (file([[15, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]]), "a damaged one (incorrect header check)"),
    ] as [([UInt8], String)])
  func malformed(content: [UInt8], expected: String) {
    let message = message { _ = try read(content, "v", limit: 1000) }
    #expect(message.contains(expected), "\(message)")
    #expect(message.hasPrefix("a.mat: expected "))
  }

  @Test("a compressed array that is cut anywhere, or damaged, is refused")
  func damaged() {
    // The last element is y: cut there, X is whole and y is not.
    for count in stride(from: 129, to: Self.compressed.count, by: 7) {
      #expect(throws: Failure.self) { try read(Array(Self.compressed.prefix(count)), "y") }
    }
    var wrongSum = Self.compressed
    wrongSum[wrongSum.count - 1] ^= 1
    #expect(message { _ = try read(wrongSum, "y") }.contains("incorrect data check"))
  }

  @Test("a small file cannot ask for much memory")
  func bomb() {
    // 137 bytes of zlib cannot become a gigabyte, whatever they claim and whatever is allowed.
    let bomb = Self.file([Self.array("v", sizes: [1 << 15, 1 << 15], numbers: [1], claim: 1 << 30)])
    #expect(message { _ = try read(bomb, "v", limit: .max) }.contains("one cut short"))
  }
}

extension MATArray {
  static func bytes(_ sizes: [Int], _ bytes: [UInt8]) -> MATArray? {
    let file = MATFileTests.file([MATFileTests.array("v", sizes: sizes, numbers: bytes)])
    return try? MATFile(content: file, location: "").array(named: "v", limit: bytes.count)
  }
}
