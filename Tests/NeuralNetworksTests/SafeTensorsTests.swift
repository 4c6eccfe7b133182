import Failures
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Safetensors files")
struct SafeTensorsTests {
  static let example = SafeTensors(
    [
      "b.weight": Tensor([Float(1), -2, 3.5, 0], shape: [2, 2]), "a": Tensor([1.5, -2.0]),
      "n": Tensor([Int64.min, 7], shape: [1, 2]), "u": Tensor([UInt8(0), 255, 3]),
      "m": Tensor([true, false]), "empty": Tensor.zeros([0, 3]), "scalar": Tensor(2.5),
    ], metadata: ["note": "tab\t\"quoted\" ü 🙂 \\ \u{1}", "": ""])

  func expectEqual(_ a: SafeTensors, _ b: SafeTensors) {
    #expect(a.metadata == b.metadata)
    #expect(a.tensors.keys.sorted() == b.tensors.keys.sorted())
    for (name, tensor) in a.tensors {
      let other = b.tensors[name]
      #expect(
        other?.shape == tensor.shape && other?.dtype == tensor.dtype
          && other?.bytes == tensor.bytes, "\(name)")
    }
  }

  @Test("What is written is read back, exactly, and equal contents are equal bytes")
  func roundTrip() throws {
    let bytes = Self.example.bytes
    let read = try SafeTensors(bytes: bytes)
    expectEqual(read, Self.example)
    #expect(read.bytes == bytes)
  }

  @Test("The bytes are those of the reference implementation")
  func layout() {
    let file = SafeTensors(
      [
        "u": Tensor([UInt8(7)]), "b": Tensor([Float(1)]),
        "a\"": Tensor([Float(-2)], shape: [1, 1]),
      ], metadata: ["k": "v"])
    let header =
      #"{"__metadata__":{"k":"v"},"a\"":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"#
      + #""u":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}"#
    let padding = (8 - header.utf8.count % 8) % 8
    var expected = [UInt8(header.utf8.count + padding), 0, 0, 0, 0, 0, 0, 0]
    expected += Array(header.utf8) + Array(repeating: 0x20, count: padding)
    expected += [0, 0, 0, 0xC0, 0, 0, 0x80, 0x3F, 7]
    #expect(file.bytes == expected)
  }

  @Test("Views are written by their elements, not their memory")
  func views() throws {
    let matrix = Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3])
    let images = RandomGenerator(seed: 0).uniform([2, 3, 4, 4])
    let file = SafeTensors([
      "t": matrix.transposed, "slice": matrix.sliced(1..<2, along: 1),
      "images": images.contiguous(channelsLast: true),
    ])
    let read = try SafeTensors(bytes: file.bytes).tensors
    #expect(read["t"]?.doubles == [1, 4, 2, 5, 3, 6])
    #expect(read["slice"]?.doubles == [2, 5])
    #expect(read["images"]?.doubles == images.doubles)
  }

  @Test("Types that Basin does not compute with become those that hold their numbers")
  func otherTypes() throws {
    let cases: [(name: String, data: [UInt8], dtype: DType, values: [Double])] = [
      ("F16", [0, 0x3E, 0xFF, 0x7B, 1, 0], .float32, [1.5, 65504, 0x1p-24]),
      ("BF16", [0x80, 0x3F, 0x49, 0xC0], .float32, [1, -3.140625]),
      ("I8", [0xFD], .int64, [-3]), ("I16", [0xD4, 0xFE], .int64, [-300]),
      ("U16", [0xFF, 0xFF], .int64, [65535]), ("I32", [0xFE, 0xFF, 0xFF, 0xFF], .int64, [-2]),
      ("U32", [0, 0, 0, 0x80], .int64, [0x1p31]), ("U64", [5, 0, 0, 0, 0, 0, 0, 0], .int64, [5]),
      ("U64", [0, 0, 0, 0, 0, 0, 0, 0x80], .float64, [0x1p63]),
    ]
    for (name, data, dtype, values) in cases {
      let header =
        #"{"x":{"dtype":"\#(name)","shape":[\#(values.count)],"data_offsets":[0,\#(data.count)]}}"#
      let tensor = try SafeTensors(bytes: safeTensorsFile(header, data: data)).tensors["x"]!
      #expect(tensor.dtype == dtype && tensor.to(.float64).doubles == values, "\(name)")
    }
  }

  @Test("A file is replaced as a whole, and nothing temporary stays")
  func files() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try SafeTensors(["x": Tensor([1.0])]).write(to: path)
    try Self.example.write(to: path)
    expectEqual(try SafeTensors(contentsOf: path), Self.example)
    #expect(try folder.contents == ["model.safetensors"])
  }

  @Test("What cannot be read or written says so")
  func fileErrors() throws {
    let folder = try TemporaryFolder()
    func kind(_ body: () throws -> Void) -> Failure.Kind? {
      do { try body() } catch { return (error as? Failure)?.kind }
      return nil
    }
    #expect(kind { _ = try SafeTensors(contentsOf: folder.path("none")) } == .missing)
    #expect(kind { _ = try SafeTensors(contentsOf: folder.url.path) } == .missing)
    #expect(kind { _ = try SafeTensors(contentsOf: "/dev/zero") } == .missing)
    #expect(kind { try Self.example.write(to: folder.path("no/where")) } == .fileSystem)
    #expect(kind { try Self.example.write(to: folder.url.path) } == .fileSystem)
    #expect(try folder.contents.isEmpty)
  }

  @Test("The golden files, written by Python, are read and written again byte for byte")
  func golden() throws {
    let file = try Golden("resnet18_f32").file
    #expect(file.tensors["in.images"]?.shape == [4, 3, 32, 32])
    expectEqual(try SafeTensors(bytes: file.bytes), file)
  }

  @Test("The header may be spaced and escaped in any way that JSON allows")
  func spelling() throws {
    let header = """
       { "\\u0061\\/\\ud83d\\ude42" : { "shape" : [ 1 , 1 ] ,\t"data_offsets":[0,1],
      "dtype":"\\u00558" } , "__metadata__": { } }
      """
    let file = try SafeTensors(bytes: safeTensorsFile(header, data: [42]))
    #expect(file.tensors["a/🙂"]?.integers == [42])
    #expect(try SafeTensors(bytes: safeTensorsFile("{}", data: [])).tensors.isEmpty)
  }
}

/// A file of a header and data, as they are.
func safeTensorsFile(_ header: String, data: [UInt8]) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
    + data
}
