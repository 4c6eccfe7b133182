import Datasets
import Failures
import Tensors
import TestSupport
import Testing

@Suite("MATLAB files of version 4")
struct MATLevel4Tests {
  /// scipy.io.savemat (1.17.1, format='4') of a text `note`, `M` = [[1.5, -2], [3, 4], [5, 6]], a sparse
  /// `S`, a complex `Z`, and `b`, `u` and `f` of int16, uint8 and single.
  static let saved = MATFileTests.bytes(
    """
    MwAAAAEAAAAEAAAAAAAAAAUAAABub3RlAHRleHQAAAAAAwAAAAIAAAAAAAAAAgAAAE0AAAAAAAAA+D8AAAAAAAAIQAAA
    AAAAABRAAAAAAAAAAMAAAAAAAAAQQAAAAAAAABhAAgAAAAMAAAADAAAAAAAAAAIAAABTAAAAAAAAAPA/AAAAAAAAAEAA
    AAAAAAAAQAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAAQAAAAAAAAPA/AAAAAAAA8D8AAAAAAAAAAAAAAAABAAAAAQAAAAEA
    AAACAAAAWgAAAAAAAADwPwAAAAAAAABAHgAAAAEAAAACAAAAAAAAAAIAAABiAAEAAgAyAAAAAQAAAAIAAAAAAAAAAgAA
    AHUAB8gKAAAAAQAAAAEAAAAAAAAAAgAAAGYAAAAAPw==
    """)

  /// A matrix of type MOPT, each word and number in the byte order that M tells.
  static func matrix(
    _ name: String, type: Int, rows: Int, columns: Int, isComplex: Bool = false, numbers: [[UInt8]]
  ) -> [UInt8] {
    let isBigEndian = type >= 1000
    let words = [type, rows, columns, isComplex ? 1 : 0, name.utf8.count + 1]
    return words.flatMap { MATFileTests.word($0, isBigEndian) } + Array(name.utf8) + [0]
      + numbers.flatMap { isBigEndian ? $0.reversed() : $0 }
  }

  func read(_ content: [UInt8], _ name: String, limit: Int = 1 << 20) throws -> MATArray {
    try MATFile(content: content, location: "a.mat").array(named: name, limit: limit)
  }

  @Test("reads what SciPy wrote, past what it does not read")
  func scipy() throws {
    let matrix = try read(Self.saved, "M")
    #expect(matrix.sizes == [3, 2] && matrix.elements == .numbers([1.5, 3, 5, -2, 4, 6]))
    #expect(try read(Self.saved, "b").integers == [1, 2])
    #expect(try read(Self.saved, "u").elements == .bytes([7, 200]))
    #expect(try read(Self.saved, "f").elements == .numbers([0.5]))
    for (name, found) in [
      ("note", "a full matrix note, found a text"), ("S", "a full matrix S, found a sparse one"),
      ("Z", "real numbers in Z, found complex ones"), ("y", "a numeric array y, found none"),
    ] {
      #expect(message { _ = try read(Self.saved, name) }.contains(found))
    }
  }

  @Test("reads every type in either byte order", arguments: [0, 1000])
  func types(order: Int) throws {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian, Array.init)
    }
    let cases: [(type: Int, numbers: [[UInt8]], values: [Double])] = [
      (0, [0.1, -7].map { bytes($0.bitPattern) }, [0.1, -7]),
      (10, [Float(1.5), -2].map { bytes($0.bitPattern) }, [1.5, -2]),
      (20, [-70000, 2].map { bytes($0 as Int32) }, [-70000, 2]),
      (30, [-300, 2].map { bytes($0 as Int16) }, [-300, 2]),
      (40, [65535, 2].map { bytes($0 as UInt16) }, [65535, 2]),
    ]
    for (type, numbers, values) in cases {
      let before = Self.matrix("w", type: order + 50, rows: 1, columns: 1, numbers: [[9]])
      let content =
        before + Self.matrix("v", type: order + type, rows: 2, columns: 1, numbers: numbers)
      let array = try read(content, "v")
      #expect(array.sizes == [2, 1] && array.elements == .numbers(values), "type \(type)")
      #expect(try read(content, "w").elements == .bytes([9]))
    }
  }

  static let one = matrix("v", type: 50, rows: 1, columns: 1, numbers: [[1]])

  @Test(
    "says what is wrong",
    arguments: [
      (Array(one.dropLast()), "one cut short after 22 bytes"), (Array(one.prefix(19)), "cut short"),
      (matrix("v", type: 60, rows: 1, columns: 1, numbers: [[1]]), "another kind of file"),
      (matrix("v", type: 2050, rows: 1, columns: 1, numbers: [[1]]).swapped, "a VAX or Cray"),
      (matrix("v", type: 50, rows: 1 << 31, columns: 1 << 31, numbers: [[1]]), "one cut short"),
      (matrix("v", type: 50, rows: -1, columns: 1, numbers: [[1]]), "one cut short"),
      (
        matrix(
          "v", type: 50, rows: 1, columns: 1001, numbers: [[UInt8]](repeating: [0], count: 1001)),
        "at most 1000 bytes in v"
      ),
      ([50, 0, 0, 0] + [UInt8](repeating: 0, count: 16), "a matrix header that is damaged"),
    ] as [([UInt8], String)])
  func malformed(content: [UInt8], expected: String) {
    let message = message { _ = try read(content, "v", limit: 1000) }
    #expect(message.contains(expected), "\(message)")
    #expect(message.hasPrefix("a.mat: expected "))
  }

  @Test("SVHN's digits, an image a column")
  func digits() throws {
    func level(_ image: Int, _ place: Int) -> UInt8 { UInt8((place * 7 + image * 13) % 256) }
    let pixels: [[UInt8]] = (0...1).flatMap { image in
      (0..<3072).map { [level(image, $0)] as [UInt8] }
    }
    let file =
      Self.matrix("X", type: 50, rows: 3072, columns: 2, numbers: pixels)
      + Self.matrix("y", type: 50, rows: 2, columns: 1, numbers: [[10], [3]])
    let samples = try LabelledSamples(
      svhn: file, limit: 1 << 20, classNames: (0...9).map(String.init), location: "x")
    #expect(samples.labels == [0, 3] && samples.sampleShape == [3, 32, 32])
    // Row 1, column 2 of channel 1 of image 1: MATLAB's place is row + 32 column + 1024 channel.
    let found: Float = samples.samples.values(at: [1])[1024 + 32 + 2]
    let expected = Float(level(1, 1 + 32 * 2 + 1024)) / 255
    #expect(found == expected)
  }

  @Test("thousands of damaged files are read or refused, and none ends the process")
  func fuzz() {
    var generator = SplitMix64(seed: 8)
    let inputs = [
      Self.saved, Self.matrix("M", type: 1030, rows: 2, columns: 1, numbers: [[1, 2], [3, 4]]),
    ]
    var refused = 0
    for round in 0..<4000 {
      let content = FuzzTests().damaged(inputs[round % 2], using: &generator)
      do {
        let array = try MATFile(content: content, location: "x").array(named: "M", limit: 4096)
        #expect(array.sizes.allSatisfy { $0 >= 0 })
      } catch {
        #expect(error.description.hasPrefix("x: expected "))
        refused += 1
      }
    }
    #expect((1000..<3900).contains(refused))
  }
}

extension [UInt8] {
  /// The first word in the other byte order.
  fileprivate var swapped: [UInt8] { Array(prefix(4).reversed()) + dropFirst(4) }
}
