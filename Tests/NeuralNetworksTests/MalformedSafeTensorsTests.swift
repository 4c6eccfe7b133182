import Failures
import Tensors
import Testing

@Suite("Malformed safetensors")
struct MalformedSafeTensorsTests {
  /// What may be wrong, by what the failure expects.
  enum Fault {
    case truncated, headerTooLong, invalidHeader, duplicateName, otherFormat, unreadType
    case invalidShape, invalidOffsets, sizeMismatch, trailingBytes, invalidBoolean

    var expectation: Regex<Substring> {
      switch self {
      case .truncated: /at least 8 bytes|a header of \d+ bytes/
      case .headerTooLong: /a header of at most \d+ bytes/
      case .invalidHeader:
        /'[^']+'|',' or '.'|the end of the header|a printable name|an integer|UTF-8|an escape|a pair of surrogates|four hexadecimal digits|dtype, shape and (?:two )?data_offsets/
      case .duplicateName: /each name once/
      case .otherFormat: /a safetensors file/
      case .unreadType: /element type F16, .*/
      case .invalidShape:
        /numbers (?:of at least 0|below 2\^63)|fewer than 2\^63 bytes|at most 64 axes/
      case .invalidOffsets:
        /numbers (?:of at least 0|below 2\^63)|offsets in order|an end within .*|begin \d+/
      case .sizeMismatch: /\d+ bytes for .*/
      case .trailingBytes: /\d+ bytes of elements/
      case .invalidBoolean: /0 or 1/
      }
    }

    var kind: Failure.Kind {
      switch self {
      case .unreadType: .unsuitable
      case .otherFormat: .otherFormat
      default: .malformed
      }
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: Fault
    let tensor: String?
    let bytes: [UInt8]

    init(
      _ name: String, _ fault: Fault, tensor: String? = nil, bytes: [UInt8]
    ) {
      testDescription = name
      self.fault = fault
      self.tensor = tensor
      self.bytes = bytes
    }

    init(
      _ name: String, _ fault: Fault, tensor: String? = nil, _ header: String,
      data: Int = 8
    ) {
      self.init(
        name, fault, tensor: tensor,
        bytes: safeTensorsFile(header, data: [UInt8](repeating: 0, count: data)))
    }
  }

  /// A header of one tensor called x.
  static func x(
    dtype: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]"
  ) -> String {
    #"{"x":{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  /// A header of two float32 vectors at the given offsets.
  static func two(_ a: (Int, Int), _ b: (Int, Int)) -> String {
    func member(_ name: String, _ o: (Int, Int)) -> String {
      #""\#(name)":{"dtype":"F32","shape":[\#((o.1 - o.0) / 4)],"data_offsets":[\#(o.0),\#(o.1)]}"#
    }
    return "{\(member("a", a)),\(member("b", b))}"
  }

  static let cases: [Case] = [
    Case("no bytes", .truncated, bytes: []),
    Case("seven bytes", .truncated, bytes: [2, 0, 0, 0, 0, 0, 0]),
    Case("a header beyond the end", .truncated, bytes: [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]),
    Case("a header of 2^64 - 1 bytes", .headerTooLong, bytes: [UInt8](repeating: 255, count: 16)),
    Case("a header of 100 MB and a byte", .headerTooLong, bytes: [1, 0xE1, 0xF5, 5, 0, 0, 0, 0]),
    Case("an empty header", .invalidHeader, "", data: 0),
    Case("an array", .invalidHeader, "[]", data: 0),
    Case("no end", .invalidHeader, "{", data: 0),
    Case("something behind it", .invalidHeader, "{}x", data: 0),
    Case("a zero byte behind it", .invalidHeader, "{}\0", data: 0),
    Case("a comma too many", .invalidHeader, #"{"__metadata__":{},}"#, data: 0),
    Case("a comma too few", .invalidHeader, #"{"__metadata__":{"a":"" "b":""}}"#, data: 0),
    Case("an unquoted name", .invalidHeader, "{x:1}", data: 0),
    Case("metadata that is no text", .invalidHeader, #"{"__metadata__":{"a":1}}"#, data: 0),
    Case("a tensor that is null", .invalidHeader, tensor: "x", #"{"x":null}"#, data: 0),
    Case(
      "deep nesting", .invalidHeader, tensor: "x",
      #"{"x":"# + String(repeating: "[", count: 1_000_000), data: 0),
    Case("an unknown escape", .invalidHeader, #"{"\x":1}"#, data: 0),
    Case("half a surrogate", .invalidHeader, #"{"\ud800":1}"#, data: 0),
    Case("a short escape", .invalidHeader, #"{"\u00"#, data: 0),
    Case("a line break in a string", .invalidHeader, "{\"a\nb\":1}", data: 0),
    Case("a control character in a name", .invalidHeader, #"{"\u001b[2J":{}}"#, data: 0),
    Case(
      "bytes that are not UTF-8", .invalidHeader,
      bytes: [6, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x7D]),
    Case("no type", .invalidHeader, tensor: "x", #"{"x":{"shape":[2],"data_offsets":[0,8]}}"#),
    Case("no shape", .invalidHeader, tensor: "x", #"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#),
    Case("no offsets", .invalidHeader, tensor: "x", #"{"x":{"dtype":"F32","shape":[2]}}"#),
    Case("one offset", .invalidHeader, tensor: "x", x(offsets: "[8]")),
    Case("three offsets", .invalidHeader, tensor: "x", x(offsets: "[0,8,8]")),
    Case(
      "an unknown member", .invalidHeader, tensor: "x",
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[1]}}"#),
    Case("a fraction", .invalidHeader, tensor: "x", x(shape: "[2.0]")),
    Case("an exponent", .invalidHeader, tensor: "x", x(shape: "[2e0]")),
    Case("a leading zero", .invalidHeader, tensor: "x", x(shape: "[02]")),
    Case("a type that is a number", .invalidHeader, tensor: "x", x(dtype: "32")),
    Case(
      "a name twice", .duplicateName,
      #"{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"#
        + #""x":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}"#, data: 2),
    Case(
      "a name twice, once escaped", .duplicateName,
      #"{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"#
        + #""\u0078":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}"#, data: 2),
    Case("metadata twice", .duplicateName, #"{"__metadata__":{},"__metadata__":{}}"#, data: 0),
    Case("a key of metadata twice", .duplicateName, #"{"__metadata__":{"a":"","a":""}}"#, data: 0),
    Case(
      "a shape twice", .duplicateName, tensor: "x",
      #"{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#),
    Case("eight bits", .unreadType, tensor: "x", x(dtype: "\"F8_E4M3\"", shape: "[8]")),
    Case("complex numbers", .unreadType, tensor: "x", x(dtype: "\"C64\"", shape: "[1]")),
    Case("too few bytes for bfloat16", .sizeMismatch, tensor: "x", x(dtype: "\"BF16\"")),
    Case("a NumPy file", .otherFormat, bytes: NumPyArrayTests.npy("<f8", "1,", [])),
    Case("a JPEG file", .otherFormat, bytes: [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46]),
    Case("a type in lower case", .unreadType, tensor: "x", x(dtype: "\"f32\"")),
    Case("a negative extent", .invalidShape, tensor: "x", x(shape: "[-2]")),
    Case("an extent of 2^63", .invalidShape, tensor: "x", x(shape: "[9223372036854775808]")),
    Case("an overflowing product", .invalidShape, tensor: "x", x(shape: "[4294967296,4294967296]")),
    Case(
      "an overflow that wraps to the size", .invalidShape, tensor: "x",
      x(shape: "[2,4611686018427387905]")),
    Case(
      "an overflow hidden by a zero", .invalidShape, tensor: "x",
      x(shape: "[0,4611686018427387904,4611686018427387904]", offsets: "[0,0]"), data: 0),
    Case(
      "65 axes", .invalidShape, tensor: "x",
      x(shape: "[\([String](repeating: "1", count: 65).joined(separator: ","))]", offsets: "[0,4]"),
      data: 4),
    Case("a negative offset", .invalidOffsets, tensor: "x", x(offsets: "[-8,0]")),
    Case("an offset of 2^63", .invalidOffsets, tensor: "x", x(offsets: "[0,9223372036854775808]")),
    Case("reversed offsets", .invalidOffsets, tensor: "x", x(offsets: "[8,0]")),
    Case("an end behind the data", .invalidOffsets, tensor: "x", x(), data: 7),
    Case("an overlap", .invalidOffsets, tensor: "b", two((0, 8), (4, 12)), data: 12),
    Case("one place for two", .invalidOffsets, tensor: "b", two((0, 8), (0, 8)), data: 8),
    Case("a hole", .invalidOffsets, tensor: "b", two((0, 4), (8, 12)), data: 12),
    Case("a hole at the start", .invalidOffsets, tensor: "x", x(offsets: "[4,12]"), data: 12),
    Case("too few bytes for the shape", .sizeMismatch, tensor: "x", x(shape: "[3]")),
    Case("too many bytes for the shape", .sizeMismatch, tensor: "x", x(shape: "[1]")),
    Case("too few bytes for the type", .sizeMismatch, tensor: "x", x(dtype: "\"F64\"")),
    Case("bytes behind the last tensor", .trailingBytes, x(), data: 9),
    Case("bytes behind no tensor", .trailingBytes, "{}", data: 1),
    Case(
      "a Boolean of 2", .invalidBoolean, tensor: "x",
      bytes: safeTensorsFile(x(dtype: "\"BOOL\"", offsets: "[0,2]"), data: [1, 2])),
  ]

  @Test("Each fault has its error", arguments: cases)
  func fault(_ fault: Case) {
    do {
      _ = try SafeTensors(bytes: fault.bytes, path: "model.safetensors")
      Issue.record("it was read")
    } catch {
      #expect(error.kind == fault.fault.kind, "\(error)")
      #expect(error.expected.wholeMatch(of: fault.fault.expectation) != nil, "\(error)")
      let tensor = fault.tensor.map { ": tensor '\($0)'" } ?? ""
      #expect(error.location == "model.safetensors" + tensor)
      #expect(error.description.hasSuffix(error.remedy) && !error.description.contains("\n"))
    }
  }

  @Test("The error names the file, the tensor, what was expected and found, and the remedy")
  func description() {
    #expect(throws: (any Error).self) { try SafeTensors(bytes: []) }
    do {
      _ = try SafeTensors(
        bytes: safeTensorsFile(Self.x(shape: "[3]"), data: [UInt8](repeating: 0, count: 8)),
        path: "runs/x/model.safetensors")
    } catch {
      #expect(
        error.description == "runs/x/model.safetensors: tensor 'x': expected 12 bytes for F32 [3], "
          + "found 8. The file is damaged or no safetensors file: write or copy it again.")
    }
  }

  @Test("Thousands of damaged files are refused or read, and none crashes")
  func fuzz() {
    let original = SafeTensorsTests.example.bytes
    let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
    let alphabet = Array("{}[]\",:\\0123456789-eu.FIUBOL \n".utf8) + [0, 0x7F, 0x80, 0xFF]
    var random = SplitMix64(seed: 2026)
    var refused = 0
    for _ in 0..<6000 {
      var bytes = original
      for _ in 0...random.next(below: 3) {
        let place =
          random.next(below: 16) == 0
          ? random.next(below: 8) : 8 + random.next(below: headerEnd - 8)
        switch random.next(below: 4) {
        case 0: bytes[place] = alphabet[random.next(below: alphabet.count)]
        case 1: bytes.insert(alphabet[random.next(below: alphabet.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeLast(min(random.next(below: 40), bytes.count - headerEnd))
        }
      }
      do {
        let file = try SafeTensors(bytes: bytes)
        #expect(file.tensors.values.allSatisfy { $0.bytes.count == $0.count * $0.dtype.size })
      } catch {
        refused += 1
      }
    }
    #expect(refused > 5000)
  }
}
