import Foundation
import NeuralNetworks
import Runs
import Tensors
import Testing

extension ToolTests {
  @Suite("Damaged files: one clear line and exit code 65")
  struct DamagedModelTests {
    /// Applies a model file to images that are fine, and returns what the tool says.
    private func predict(
      model: [UInt8]? = nil, images: [String: Tensor]? = nil
    ) throws -> (outcome: Tool.Outcome, wroteOutput: Bool) {
      let runs = try TrainedRuns.shared.get()
      let folder = try Workplace()
      try FileManager.default.copyItem(
        at: runs.folder.file("runs/zubov"), to: folder.file("run"))
      if let model { try Data(model).write(to: folder.file("run/model.safetensors")) }
      try SafeTensors(images ?? ["images": Tensor.full(0.5, [3, 1, 8, 8])])
        .write(to: folder.file("in.safetensors").path)
      let outcome = try Tool.run(
        "predict run --input in.safetensors --output out.safetensors", in: folder)
      return (outcome, folder.exists("out.safetensors"))
    }

    private func model() throws -> SafeTensors {
      let runs = try TrainedRuns.shared.get()
      return try SafeTensors(contentsOf: runs.folder.file("runs/zubov/model.safetensors").path)
    }

    private func expect(
      _ found: (outcome: Tool.Outcome, wroteOutput: Bool), _ message: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(found.outcome.status == 65, sourceLocation: sourceLocation)
      #expect(found.outcome.error == "basin: \(message)\n", sourceLocation: sourceLocation)
      #expect(found.outcome.output.isEmpty && !found.wroteOutput, sourceLocation: sourceLocation)
    }

    @Test("a model file cut short")
    func truncated() throws {
      let bytes = try model().bytes
      let found = try predict(model: Array(bytes.prefix(bytes.count / 2)))
      #expect(found.outcome.status == 65)
      #expect(found.outcome.error.hasPrefix("basin: run/model.safetensors: tensor '"))
      #expect(found.outcome.error.split(separator: "\n").count == 1)
    }

    @Test("a model file with its tensors out of order")
    func misordered() throws {
      let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#
      var bytes: [UInt8] = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      bytes += Array(header.utf8) + [0, 0, 0, 0]
      let found = try predict(model: bytes)
      #expect(found.outcome.status == 65)
      #expect(found.outcome.error.hasPrefix("basin: run/model.safetensors: tensor 'a': expected "))
      #expect(found.outcome.error.split(separator: "\n").count == 1)
    }

    @Test("a weight that is not a number")
    func notFinite() throws {
      var file = try model()
      let shape = file.tensors["dynamics.0.bias"]!.shape
      file.tensors["dynamics.0.bias"] = .full(.nan, shape)
      expect(
        try predict(model: file.bytes),
        """
        run/model.safetensors: the tensors do not fit the model: dynamics.0.bias: 256 infinite or \
        undefined numbers. Use the configuration that the file was saved with, or another file.
        """)
    }

    @Test("a weight of another shape")
    func wrongShape() throws {
      var file = try model()
      file.tensors["dynamics.2.weight"] = .zeros([2, 2])
      expect(
        try predict(model: file.bytes),
        """
        run/model.safetensors: the tensors do not fit the model: dynamics.2.weight: expected shape \
        [64, 256], found [2, 2]. Use the configuration that the file was saved with, or another file.
        """)
    }

    @Test("a pixel that is not in [0, 1]")
    func pixelOutside() throws {
      let images = Tensor.full(0.5, [3, 1, 8, 8])
      images[1].assign(.full(2, [1, 8, 8]))
      expect(
        try predict(images: ["images": images]),
        """
        in.safetensors: expected pixels in [0, 1], found 2.0 in image 1. \
        Divide 8-bit images by 255, and leave normalisation to the model.
        """)
      images[1].assign(.full(.nan, [1, 8, 8]))
      expect(
        try predict(images: ["images": images]),
        """
        in.safetensors: expected pixels in [0, 1], found nan in image 1. \
        Look at where the images come from: some of their pixels are no numbers.
        """)
      // One rounding of float32 beyond the end is no mistake.
      images[1].assign(.full(1.000_000_1, [1, 8, 8]))
      #expect(try predict(images: ["images": images]).outcome.status == 0)
    }

    @Test("images of another shape, type or name")
    func wrongImages() throws {
      expect(
        try predict(images: ["images": .zeros([3, 3, 8, 8])]),
        """
        in.safetensors: expected images of shape [N, 1, 8, 8], N at least 1, found [3, 3, 8, 8]. \
        Give images as the model was trained on them.
        """)
      expect(
        try predict(images: ["images": .full(-1, [3, 1, 8, 8], dtype: .int64)]),
        """
        in.safetensors: expected integers from 0 to 255, 8-bit levels, found others, from -1 to -1. \
        Divide by the largest level and give floating-point numbers in [0, 1].
        """)
      expect(
        try predict(images: ["images": .zeros([3, 8, 8, 1])]),
        """
        in.safetensors: expected images of shape [N, 1, 8, 8], N at least 1, found [3, 8, 8, 1]. \
        Move the channels to the front, in NumPy with images.transpose(0, 3, 1, 2).
        """)
      expect(
        try predict(images: ["x": .zeros([3, 1, 8, 8])]),
        """
        in.safetensors: expected a tensor called images, found tensors called x. \
        Name the images so; other tensors are ignored.
        """)
    }
  }
}
