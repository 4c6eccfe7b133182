import Failures
import Foundation
import Tensors
import Testing

@Suite("NumPy files")
struct NumPyArrayTests {
  static func npy(_ header: String, version: UInt8 = 1, elements: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8)
    let length = version == 1 ? 2 : 4
    return [0x93] + Array("NUMPY".utf8) + [version, 0]
      + (0..<length).map { UInt8(text.count >> (8 * $0) & 255) } + text + elements
  }

  /// A file as numpy.save writes it.
  static func npy(_ type: String, _ shape: String, isFortran: Bool = false, _ elements: [UInt8])
    -> [UInt8]
  {
    npy(
      "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': (\(shape)), }\n",
      elements: elements)
  }

  static func bytes<Scalar>(_ values: [Scalar]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  @Test("every version, both memory orders, whatever the order of the keys")
  func layouts() throws {
    let rows = Self.bytes([1, 2, 3, 4, 5, 6] as [Double])
    for version in [UInt8(1), 2, 3] {
      let c = try NumPyArray(
        bytes: Self.npy(
          "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  \n", version: version,
          elements: rows))
      #expect(c.tensor.shape == [2, 3] && c.tensor.doubles == [1, 2, 3, 4, 5, 6])
    }
    let f = try NumPyArray(bytes: Self.npy("<f8", "2, 3", isFortran: true, rows))
    #expect(f.tensor.shape == [2, 3] && f.tensor.doubles == [1, 3, 5, 2, 4, 6])
    let single = try NumPyArray(
      bytes: Self.npy(
        "{'shape': (2L,), 'fortran_order': False, 'descr': '<f4'}",
        elements: Self.bytes([1.5, -2] as [Float])))
    #expect(single.tensor.dtype == .float64 && single.tensor.doubles == [1.5, -2])
    let scalar = try NumPyArray(bytes: Self.npy("<f8", "", Self.bytes([7.0])))
    #expect(scalar.tensor.shape == [] && scalar.tensor.doubles == [7])
    #expect(try NumPyArray(bytes: Self.npy("<f8", "0, 3", [])).tensor.shape == [0, 3])
  }

  static let cases: [(String, [UInt8], [Double], DType)] = [
    ("|b1", [0, 1, 1], [0, 1, 1], .bool), ("|i1", [0xFF, 1], [-1, 1], .int64),
    ("|u1", [255, 1], [255, 1], .uint8), ("<i2", bytes([-300] as [Int16]), [-300], .int64),
    (">i2", [0xFE, 0xD4], [-300], .int64), ("<u2", bytes([65535] as [UInt16]), [65535], .int64),
    ("<i4", bytes([-70000] as [Int32]), [-70000], .int64),
    (">u4", [0xFF, 0, 0, 0], [0xFF00_0000], .int64),
    ("<i8", bytes([-5] as [Int64]), [-5], .int64),
    (">i8", [0, 0, 0, 0, 0, 0, 1, 0], [256], .int64),
    ("<u8", bytes([1 << 63] as [UInt64]), [0x1p63], .float64),
    ("<f2", [0, 0x3E, 0, 0xC0], [1.5, -2], .float32), (">f2", [0x7B, 0xFF], [65504], .float32),
    (">f4", [0x3F, 0xC0, 0, 0], [1.5], .float32),
    (">f8", [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], [-1.5], .float64),
    ("=f8", bytes([0.1]), [0.1], .float64),
  ]

  @Test("every type of real numbers", arguments: cases)
  func types(type: String, elements: [UInt8], expected: [Double], kept: DType) throws {
    let file = Self.npy(type, "\(expected.count),", elements)
    let array = try NumPyArray(bytes: file)
    #expect(array.tensor.dtype == .float64 && array.tensor.doubles == expected)
    #expect(try NumPyArray(bytes: file, as: .float32).tensor.dtype == .float32)
    let own = try NumPyArray(bytes: file, as: nil).tensor
    #expect(own.dtype == kept && own.to(.float64).doubles == expected)
  }

  @Test("big-endian integers in Fortran order, as numpy.save has them")
  func bigFortran() throws {
    let columns: [Int32] = [0, 3, 1, 4, 2, 5]
    let array = try NumPyArray(
      bytes: Self.npy(">i4", "2, 3", isFortran: true, Self.bytes(columns.map(\.bigEndian))))
    #expect(array.tensor.shape == [2, 3] && array.tensor.doubles == [0, 1, 2, 3, 4, 5])
  }

  @Test(
    "what is no real number is refused by name, with what to do",
    arguments: [
      ("'<c16'", "found complex numbers ('<c16'). Stack real and imaginary parts: numpy.block("),
      ("'>c8'", "complex numbers"), ("'<f16'", "numbers of extended precision ('<f16')"),
      ("'|O'", "Python objects ('|O'). Convert the array with .astype(float)."),
      ("'<U5'", "texts"), ("'<M8[ns]'", "times"), ("'|V4'", "records"),
      ("[('a', '<i4'), ('b', '<f8')]", "a structured array"),
      ("'<\u{1B}x'", "elements '<\\u{1B}x'"), ("''", "elements ''"),
    ])
  func unsupported(type: String, expected: String) {
    let file = Self.npy(
      "{'descr': \(type), 'fortran_order': False, 'shape': (1,), }",
      elements: [UInt8](repeating: 0, count: 16))
    let error = #expect(throws: Failure.self) { try NumPyArray(bytes: file) }
    #expect(error?.kind == .unsuitable)
    #expect(error?.description.contains(expected) == true, "\(error!)")
  }

  static let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"

  @Test(
    "what is not of the format is refused",
    arguments: [
      ([], "other content"), (Array("NUMPY".utf8), "other content"),
      (Array("GIF89a; not an array".utf8), "found a GIF image"),
      (npy(good, version: 4, elements: eight), "version 4"), (npy(good, elements: []), "found 0"),
      (npy(good, elements: eight + [0]), "found 9"), (npy("{}", elements: eight), "found '{}'"),
      (npy("<f8", "9999999999, 9999999999", eight), "fewer than 2^63 bytes"),
      (npy("<f8", "0, 9999999999, 9999999999", []), "fewer than 2^63 bytes"),
      (npy("<f8", "99999999999999999999", eight), "a shape of at most 64 axes"),
      (npy("<f8", String(repeating: "1,", count: 65), eight), "a shape of at most 64 axes"),
      (Array(npy(good, elements: eight).prefix(20)), "a header of at most 10 bytes, found "),
      (
        npy(String(repeating: " ", count: 1 << 17), version: 2, elements: eight),
        "a header of at most 65536 bytes, found 131072"
      ),
    ] as [([UInt8], String)])
  func malformed(file: [UInt8], expected: String) {
    let error = #expect(throws: Failure.self) { try NumPyArray(bytes: file) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains(expected) == true, "\(error!)")
  }

  private static let eight = [UInt8](repeating: 0, count: 8)

  @Test("thousands of damaged files are read or refused, and none ends the process")
  func fuzz() {
    let inputs =
      Self.cases.map { Self.npy($0.0, "\($0.2.count),", $0.1) } + [
        Self.npy("<i2", "2, 3", isFortran: true, Array(0..<12))
      ]
    let alphabet = Array("{}()[]'\",:|<>=0123456789bifucO TFL-".utf8) + [0, 0x7F, 0x80, 0xFF]
    var state: UInt64 = 11
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var read = 0
    for round in 0..<2000 {
      var bytes = inputs[round % inputs.count]
      for _ in 0...draw(3) {
        let place = draw(bytes.count)
        switch draw(4) {
        case 0: bytes[place] = alphabet[draw(alphabet.count)]
        case 1: bytes.insert(alphabet[draw(alphabet.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes[place] ^= 1 << UInt8(draw(8))
        }
      }
      do {
        let array = try NumPyArray(bytes: bytes, as: draw(2) == 0 ? nil : .float64)
        #expect(array.tensor.shape.allSatisfy { $0 >= 0 })
        read += 1
      } catch {
        #expect(!error.description.contains("\n"))
      }
    }
    #expect((40..<1900).contains(read))
  }
}
