import Foundation
import Images
import NeuralNetworks
import Runs
import Tensors
import Testing

extension ToolTests {
  @Suite("Inputs in the formats that people have")
  struct InputFormatTests {
    /// Levels (7 i) mod 256 of 3 images [1, 8, 8].
    static let levels = (0..<192).map { UInt8($0 * 7 % 256) }

    /// A NumPy file of a type and some elements.
    static func npy(_ type: String, _ shape: String, _ elements: [UInt8]) -> Data {
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
      return Data(
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
          + elements)
    }

    /// A safetensors file of one tensor `images` whose elements are given by their bytes.
    static func images(_ type: String, _ elements: [UInt8]) -> Data {
      let header =
        #"{"images":{"dtype":"\#(type)","shape":[3,1,8,8],"data_offsets":[0,\#(elements.count)]}}"#
      return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        + Data(header.utf8) + Data(elements)
    }

    @Test("8-bit, wide and floating-point images give what their numbers in [0, 1] give")
    func predict() throws {
      let runs = try TrainedRuns.shared.get()
      let folder = try Workplace()
      func logits(_ name: String, _ content: Data) throws -> [Double] {
        try content.write(to: folder.file(name))
        let outcome = try Tool.run(
          "predict \(runs.folder.file("runs/zubov").path) --input \(name) --output \(name).out "
            + "--threads 1", in: folder)
        try #require(outcome.status == 0, "\(name): \(outcome.error)")
        return try SafeTensors(contentsOf: folder.file("\(name).out").path).tensors["logits"]!
          .doubles
      }
      let pixels = Tensor(Self.levels.map { Float($0) / 255 }, shape: [3, 1, 8, 8])
      let expected = try logits("plain", Data(SafeTensors(["images": pixels]).bytes))
      #expect(try logits("u8", Self.images("U8", Self.levels)) == expected)
      let short = Self.levels.flatMap { [$0, 0] as [UInt8] }
      #expect(
        try logits("i16", Self.images("I16", short))
          == expected)
      #expect(try logits("u8.npy", Self.npy("|u1", "3, 1, 8, 8", Self.levels)) == expected)
      #expect(try logits("grey.npy", Self.npy("|u1", "3, 8, 8", Self.levels)) == expected)
      let picture = JPEGImage(
        width: 8, height: 8, channels: 1, pixels: Array(Self.levels[..<64])
      ).encoded(quality: 90)
      let decoded = try JPEGImage(decoding: picture).pixels
      #expect(
        try logits("grey.jpg", Data(picture))
          == logits("one.npy", Self.npy("|u1", "1, 1, 8, 8", decoded)))
      let wide = Self.levels.flatMap { [0, 0, 0, $0] as [UInt8] }
      #expect(try logits("big.npy", Self.npy(">i4", "3, 1, 8, 8", wide)) == expected)

      // Halves and ones: exact in every precision.
      let coarse = (0..<192).map { Double($0 % 3) / 2 }
      let exact = try logits(
        "coarse", Data(SafeTensors(["images": Tensor(coarse, shape: [3, 1, 8, 8])]).bytes))
      let half = coarse.flatMap { [0, $0 == 0 ? 0 : $0 == 1 ? 0x3C : 0x38] as [UInt8] }
      let brain = coarse.flatMap { [$0 == 1 ? 0x80 : 0, $0 == 0 ? 0 : 0x3F] as [UInt8] }
      #expect(try logits("f16", Self.images("F16", half)) == exact)
      #expect(try logits("bf16", Self.images("BF16", brain)) == exact)
      #expect(try logits("f16.npy", Self.npy("<f2", "3, 1, 8, 8", half)) == exact)
    }

    @Test(
      "what is none of these is named, with what to do",
      arguments: [
        (
          Data(Array("GIF89a..".utf8)), 65,
          "expected a safetensors, NumPy, JPEG, PNG or WebP file of images, found a GIF image. Save "
        ),
        (Data(), 65, "WebP file of images, found an empty file. Save"),
        (
          Data("x,y,z\n1,2,3\n".utf8), 65,
          "WebP file of images, found a file of another kind. Save"
        ),
        (npy("<c8", "1", [0, 0, 0, 0, 0, 0, 0, 0]), 65, "found complex numbers ('<c8')"),
        (npy("<f4", "1", [0, 0, 0]), 65, "expected 4 bytes of elements for shape [1], found 3"),
        (
          npy("|u1", "2", [0, 1]), 65,
          "expected images of shape [N, 1, 8, 8], N at least 1, found [2]"
        ),
        (images("C64", []), 65, "tensor 'images': expected element type F16"),
        (nil, 66, "in.npy: expected a readable file of images, found none. Check the path."),
      ] as [(Data?, Int32, String)])
    func refusals(content: Data?, status: Int32, message: String) throws {
      let runs = try TrainedRuns.shared.get()
      let folder = try Workplace()
      try content?.write(to: folder.file("in.npy"))
      let outcome = try Tool.run(
        "predict \(runs.folder.file("runs/zubov").path) --input in.npy --output out --threads 1",
        in: folder)
      #expect(outcome.status == status && outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.error.split(separator: "\n").count == 1 && !folder.exists("out"))
    }

    @Test("weights in bfloat16 are those of the same numbers in float32")
    func halfWeights() throws {
      let runs = try TrainedRuns.shared.get()
      let folder = try Workplace()
      var file = try SafeTensors(contentsOf: runs.folder.file("runs/zubov/model.safetensors").path)
      // Every weight cut to the upper half of its bits, which is a number of bfloat16.
      var header: [String: Any] = ["__metadata__": file.metadata]
      var elements = Data()
      for (name, tensor) in file.tensors where tensor.dtype == .float32 {
        let patterns = tensor.scalars(as: Float.self).map { $0.bitPattern >> 16 }
        file.tensors[name] = Tensor(
          patterns.map { Float(bitPattern: $0 << 16) }, shape: tensor.shape)
        let start = elements.count
        for pattern in patterns { elements += [UInt8(pattern & 255), UInt8(pattern >> 8)] }
        header[name] = [
          "dtype": "BF16", "shape": tensor.shape, "data_offsets": [start, elements.count],
        ]
      }
      #expect(header.count == file.tensors.count + 1)
      let json = try JSONSerialization.data(withJSONObject: header)
      try (withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + elements)
        .write(to: folder.file("bf16.safetensors"))
      try file.write(to: folder.file("f32.safetensors").path)
      try Self.images("U8", Self.levels).write(to: folder.file("in"))
      let logits = try ["bf16", "f32"].map { name in
        let outcome = try Tool.run(
          "predict \(name).safetensors --input in --output \(name) --threads 1", in: folder)
        try #require(outcome.status == 0, "\(name): \(outcome.error)")
        return try SafeTensors(contentsOf: folder.file(name).path).tensors["logits"]!.doubles
      }
      #expect(logits[0] == logits[1])
    }

    @Test("arrays of every type recover the same signal, and complex ones say how")
    func sparse() throws {
      let folder = try Workplace()
      try folder.write("\u{FEFF}1\r\n0\r\n", to: "b.csv")
      let rows: [Int8] = [1, 0, -1, 0, 1, 1]
      func recover(_ type: String, _ elements: [UInt8]) throws -> Tool.Outcome {
        try Self.npy(type, "2, 3", elements).write(to: folder.file("A.npy"))
        return try Tool.run(
          "sparse recover --matrix A.npy --measurements b.csv --output x --threads 1", in: folder)
      }
      var found: [[Double]] = []
      let files: [(String, [UInt8])] = [
        ("<f8", rows.flatMap { value in withUnsafeBytes(of: Double(value)) { Array($0) } }),
        (
          ">i2", rows.flatMap { value in withUnsafeBytes(of: Int16(value).bigEndian) { Array($0) } }
        ),
        ("|i1", rows.map { UInt8(bitPattern: $0) }),
      ]
      for (type, elements) in files {
        let outcome = try recover(type, elements)
        try #require(outcome.status == 0, "\(type): \(outcome.error)")
        found.append(
          try SafeTensors(contentsOf: folder.file("x").path).tensors["solution"]!.doubles)
      }
      #expect(found[0] == found[1] && found[0] == found[2])
      let complex = try recover("<c16", Array(repeating: 0, count: 96))
      #expect(complex.status == 65 && complex.error.contains("complex numbers"))
      #expect(complex.error.contains("numpy.block([[A.real, -A.imag], [A.imag, A.real]])"))
    }

    @Test("a data set that --data-root does not hold is not taken from $BASIN_DATA")
    func dataRoot() throws {
      let folder = try Workplace()
      let files = [
        ("train-images-idx3", 3), ("train-labels-idx1", 1), ("t10k-images-idx3", 3),
        ("t10k-labels-idx1", 1),
      ]
      try FileManager.default.createDirectory(
        at: folder.file("other/mnist"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        at: folder.file("asked/mnist"), withIntermediateDirectories: true)
      for (name, axes) in files {
        try Data([0, 0, 8, UInt8(axes)]).write(to: folder.file("other/mnist/\(name)-ubyte"))
      }
      try Data([0x1F, 0x8B, 8]).write(to: folder.file("asked/mnist/train-images-idx3-ubyte.gz"))
      func run(_ arguments: [String]) throws -> Tool.Outcome {
        try Tool.run(arguments, in: folder, environment: ["BASIN_DATA": folder.file("other").path])
      }
      let trained = try run(["train", "--data", "mnist", "--data-root", "asked", "--out", "run"])
      #expect(trained.status == 66, "\(trained.error)")
      #expect(trained.error.contains("no train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "))
      #expect(trained.error.contains("asked/mnist (--data-root)") && !folder.exists("run"))
      let verified = try run(["data", "verify", "mnist", "--data-root", "asked"])
      #expect(verified.status == 65 && verified.error.contains("asked/mnist/train-images"))
      let list = try run(["data", "list", "--data-root", "asked", "--format", "json"])
      #expect(!list.output.contains("other/mnist"))
      let nameless = try run(["data", "list", "--data-root", ""])
      #expect(nameless.status == 64)
    }
  }
}
