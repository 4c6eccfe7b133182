import Foundation
import NeuralNetworks
import Tensors
import Testing

extension ToolStudyTests {
  @Suite("stabilize")
  struct StabilizeTests {
    private let folder: Workplace

    init() throws { folder = try TrainedRuns.shared.get().folder }

    private func stabilize(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(["stabilize"] + arguments + ["--threads", "1"], in: folder)
    }

    @Test("makes a run whose field's weights alone are others, with the norm that it promises")
    func bounded() throws {
      let outcome = try stabilize(
        "runs/zubov", "--bound", "0.2", "--out", "stable", "--attacks", "fgsm", "--limit", "8",
        "--format", "json")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(try folder.data("stable/stabilization.json") == Data(outcome.output.utf8))
      let found = try outcome.object()
      let before = try #require(found["before"] as? [String: Any])
      let after = try #require(found["after"] as? [String: Any])
      #expect(try #require(before["lowerNorm"] as? Double) > 0.2)
      #expect(try #require(after["upperNorm"] as? Double) <= 0.2)
      #expect((after["robustness"] as? [String: Any])?["attacks"] != nil)

      func tensors(_ run: String) throws -> [String: Tensor] {
        try SafeTensors(
          contentsOf: folder.url.appendingPathComponent("\(run)/model.safetensors").path
        )
        .tensors
      }
      let (old, new) = (try tensors("runs/zubov"), try tensors("stable"))
      let changed = Set(old.filter { $0.value.bytes != new[$0.key]?.bytes }.keys)
      #expect(changed == ["dynamics.0.weight", "dynamics.2.weight"])
      // The norm of the Jacobian at slopes of ½, from the file alone.
      let product =
        new["dynamics.2.weight"]!.to(.float64)
        .matmul(new["dynamics.0.weight"]!.to(.float64)) * 0.5
      let largest = ((product + product.transposed) / 2).symmetricEigen.values.max().item
      #expect(largest <= 0.2)
      let change = changed.map { (new[$0]! - old[$0]!).to(.float64).squared.sum().item }
      let size = try #require(found["change"] as? Double)
      #expect(abs(change.reduce(0, +).squareRoot() - size) < 1e-5 * size)

      let again = try stabilize("stable", "--bound", "0.2", "--out", "same", "--format", "json")
      #expect(again.status == 0, "\(again.error)")
      #expect(try again.object()["change"] as? Double == 0)
      let resumed = try Tool.run("train --resume stable", in: folder)
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(try tensors("stable")["dynamics.0.weight"]!.bytes == new["dynamics.0.weight"]!.bytes)
    }

    @Test("says in a line what it cannot do, and leaves nothing")
    func refusals() throws {
      for (arguments, status, text) in [
        (["runs/cells", "--bound", "1"], 64, "certified-cell"),
        (["runs/zubov", "--bound", "0"], 64, "--bound: expected a number above 0"),
        (["runs/zubov", "--bound", "1", "--attacks", "none", "--limit", "0"], 64, "--limit"),
        (["nowhere", "--bound", "1"], 66, "nowhere"),
      ] {
        let outcome = try Tool.run(["stabilize"] + arguments + ["--out", "none"], in: folder)
        #expect(outcome.status == Int32(status), "\(outcome.error)")
        #expect(outcome.error.contains(text), "\(outcome.error)")
        #expect(outcome.error.split(separator: "\n").count == 1)
      }
      #expect(!folder.exists("none"))
    }
  }
}
