import Foundation
import Testing

extension ToolTests {
  @Suite("Numbers beyond the machine: one line and 64 or 78, never a trap")
  struct ExtremeNumberTests {
    private func expect(
      _ arguments: String, _ status: Int32, _ message: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let folder = try Workplace()
      let outcome = try Tool.run(
        arguments, in: folder)
      #expect(outcome.status == status, sourceLocation: sourceLocation)
      #expect(outcome.error.contains(message), "\(outcome.error)", sourceLocation: sourceLocation)
      #expect(outcome.error.split(separator: "\n").count <= 3, sourceLocation: sourceLocation)
      #expect(folder.contents.isEmpty, sourceLocation: sourceLocation)
    }

    @Test("settings, options and lists")
    func sample() throws {
      try expect(
        "train --epochs 9223372036854775807", 64,
        "--epochs: training.epochs: expected an integer from 1 to 1000000")
      try expect(
        "train --set model.backbone.features.dimension=1000000000", 78,
        "model.backbone.features.dimension: expected an integer from 1 to 4194304")
      try expect(
        "evaluate run --threads 9223372036854775807", 64,
        "--threads: expected an integer from 1 to 1024")
      try expect(
        "certify run --certificate smoothing --samples 9223372036854775807", 64,
        "--samples: expected an integer from 1 to 100000000")
      try expect(
        "sparse phase --sparsities 1,9223372036854775807", 64,
        "--sparsities: expected integers in [1, 100000]")
      try expect(
        "theory separability --dimensions nan", 64,
        "--dimensions: expected integers in [1, 10000]")
    }

    // Where the system tells how much memory it has.
    #if os(Linux)
      @Test("sizes within their ranges whose model is larger than any memory")
      func memory() throws {
        try expect(
          "train --method contractive-node --set model.features.dimension=4194304", 78,
          "basin: no memory for uniform([262144, 262144, 3, 3]): 2304.0 GiB are needed, ")
      }
    #endif
  }
}
