import Foundation
import Testing

extension ToolTests {
  @Suite("Tables and arrays of the user's")
  struct ArrayToolTests {
    private static let golden = DocumentedCommand.root.appendingPathComponent("Tests/Golden/arrays")
      .path

    @Test(
      "are learnt from, attacked and reported by the tool alone",
      arguments: [
        ("iris", "neural-ode", ",labels=species", 0.8), ("tumours", "zubov-net", "", 0.8),
      ])
    func tables(name: String, method: String, options: String, accuracy: Double) throws {
      let folder = try Workplace()
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      for part in ["train", "test"] {
        try FileManager.default.copyItem(
          atPath: "\(Self.golden)/\(name)-\(part).csv", toPath: folder.file("\(part).csv").path)
      }
      let trained = try Tool.run(
        [
          "train", "--method", method, "--data", "arrays:train.csv,test.csv\(options)", "--epochs",
          "12",
          "--set", "training.batchSize=16", "--set", "training.learningRate=0.01", "--threads", "1",
        ], in: folder)
      #expect(trained.status == 0, "\(trained.error)")
      let run = "runs/\(method)-train-seed0"
      let yaml = try String(contentsOf: folder.file("\(run)/config.yaml"), encoding: .utf8)
      #expect(yaml.contains("arrays:/") && yaml.contains("deviation:"))

      let evaluated = try Tool.run(
        [
          "evaluate", run, "--attacks", "fgsm,pgd", "--epsilons", "0.02,0.5", "--corruptions",
          "none",
          "--threads", "1", "--format", "json",
        ], in: folder)
      #expect(evaluated.status == 0, "\(evaluated.error)")
      let result = try #require(try evaluated.object()["result"] as? [String: Any])
      func share(_ value: Any?) throws -> Double {
        let counts = try #require(value as? [String: Any])
        return try Double(#require(counts["correct"] as? Int))
          / Double(#require(counts["count"] as? Int))
      }
      let threats = try #require(result["threats"] as? [[String: Any]])
      #expect(try share(result["clean"]) >= accuracy)
      // Half of every feature's range leaves little.
      #expect(try share(threats[1]["worstCase"]) < share(threats[0]["worstCase"]))
      #expect(try share(threats[1]["worstCase"]) < 0.3)

      let report = try Tool.run(
        ["report", run, "--out", "report.html"], in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(report.status == 0 && folder.exists("report.html"), "\(report.error)")
      // The program would not know the features' units.
      let export = try Tool.run(
        ["export", run, "--to", "torchscript", "--out", "net.pt"], in: folder)
      #expect(export.status == 64 && export.error.contains("scaled by their range"))
      // What a run learnt from is not written over.
      let careless = try Tool.run(["evaluate", run, "--out", "train.csv"], in: folder)
      #expect(careless.status == 64 && careless.error.contains("train.csv"), "\(careless.error)")
    }

    @Test("of a test part alone are enough to evaluate on, not to train")
    func alone() throws {
      let folder = try Workplace()
      let data = "arrays:\(Self.golden)/iris-test.csv,labels=species"
      let refused = try Tool.run(["train", "--data", data, "--out", "run"], in: folder)
      #expect(refused.status == 66 && refused.error.contains("Name two parts"), "\(refused.error)")
      #expect(!folder.exists("run"))
      let verified = try Tool.run(["data", "verify", data], in: folder)
      #expect(verified.status == 0, "\(verified.error)")
      let missing = try Tool.run(["data", "verify", "arrays:nowhere.csv"], in: folder)
      #expect(missing.status == 66, "\(missing.error)")
      try folder.write("a,class\n1,x\n2,y,3\n", to: "ragged.csv")
      let ragged = try Tool.run(["train", "--data", "arrays:ragged.csv"], in: folder)
      #expect(ragged.status == 65 && ragged.error.contains("line 3"), "\(ragged.error)")
      let layout = try Tool.run(["train", "--data", "arrays:a.csv,layout=wide"], in: folder)
      #expect(layout.status == 64, "\(layout.error)")
    }
  }
}
