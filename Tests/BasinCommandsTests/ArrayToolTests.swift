import Foundation
import NeuralNetworks
import Runs
import Tensors
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
        "train --method \(method) --data arrays:train.csv,test.csv\(options) --epochs 12 --set "
          + "training.batchSize=16 --set training.learningRate=0.01 --threads 1", in: folder)
      #expect(trained.status == 0, "\(trained.error)")
      let run = "runs/\(method)-train-seed0"
      let yaml = try String(contentsOf: folder.file("\(run)/config.yaml"), encoding: .utf8)
      #expect(yaml.contains("arrays:/") && yaml.contains("deviation:"))

      let evaluated = try Tool.run(
        "evaluate \(run) --attacks fgsm,pgd --epsilons 0.02,0.5 --corruptions none --threads 1 "
          + "--format json", in: folder)
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
        "report \(run) --out report.html", in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(report.status == 0 && folder.exists("report.html"), "\(report.error)")
      // Rows in the units of the table, labels beside them, are what was evaluated.
      let predicted = try Tool.run(
        "predict \(run) --input test.csv --output o.safetensors", in: folder)
      #expect(predicted.status == 0 && !predicted.error.contains("warning"), "\(predicted.error)")
      let predictions = try #require(
        try SafeTensors(contentsOf: folder.file("o.safetensors").path).tensors["predictions"])
      #expect(predictions.integers == result["cleanPredictions"] as? [Int])
      // And so are those of a program for PyTorch, which knows the units.
      let program = try Tool.run(
        "export \(run) --to torchscript --out net.pt --set model.backbone.flow.solver=rk4",
        in: folder)
      #expect(program.status == 0, "\(program.error)")
      let foreign = try Tool.run(
        "evaluate --model net.pt --data arrays:train.csv,test.csv\(options) --normalization "
          + "none --attacks none --corruptions none --format json --out net.json", in: folder)
      #expect(foreign.status == 0, "\(foreign.error)")
      let other = try #require(try foreign.object()["result"] as? [String: Any])
      #expect(try abs(share(other["clean"]) - share(result["clean"])) < 0.05)
      // What a run learnt from is not written over.
      let careless = try Tool.run("evaluate \(run) --out train.csv", in: folder)
      #expect(careless.status == 64 && careless.error.contains("train.csv"), "\(careless.error)")
    }

    @Test("have budgets in units of each feature, such as deviations, where that is asked for")
    func units() throws {
      let folder = try Workplace()
      let data = "arrays:\(Self.golden)/iris-train.csv,\(Self.golden)/iris-test.csv,labels=species"
      let trained = try Tool.run(
        "train --method neural-ode --data \(data),units=deviation --epochs 1 --out run "
          + "--threads 1", in: folder)
      #expect(trained.status == 0, "\(trained.error)")
      let evaluated = try Tool.run(
        "evaluate run --attacks fgsm --epsilons 0.1 --corruptions none --threads 1", in: folder)
      #expect(evaluated.status == 0)
      #expect(
        evaluated.error.contains("a budget of 1 is 10 units of each feature: standard deviations"),
        "\(evaluated.error)")
      for (units, status, part) in [
        ("inches", 64, "units: expected range, deviation or a number"),
        ("1/2", 64, "one for each of 4"),
      ] {
        let refused = try Tool.run("train --data \(data),units=\(units) --out other", in: folder)
        #expect(refused.status == status && refused.error.contains(part), "\(refused.error)")
      }
      try folder.write("sepal,petal\n1,2\n", to: "other.csv")
      let missing = try Tool.run("predict run --input other.csv --output o.safetensors", in: folder)
      #expect(missing.status == 65 && missing.error.contains("a column sepal length (cm)"))
      try folder.write("1,2,3\n", to: "three.csv")
      let narrow = try Tool.run("predict run --input three.csv --output o.safetensors", in: folder)
      #expect(narrow.status == 65 && narrow.error.contains("expected 4 features"))
      try folder.write("5,3,1,0.2\n50,30,10,2\n", to: "wide.csv")
      let wide = try Tool.run("predict run --input wide.csv --output o.safetensors", in: folder)
      #expect(wide.status == 0 && wide.error.contains("1 of 2 rows have a feature outside"))
      #expect(wide.output.contains(" of 2 rows"), "\(wide.output)")
    }

    @Test("of a test part alone are enough to evaluate on, not to train")
    func alone() throws {
      let folder = try Workplace()
      let data = "arrays:\(Self.golden)/iris-test.csv,labels=species"
      let refused = try Tool.run("train --data \(data) --out run", in: folder)
      #expect(refused.status == 66 && refused.error.contains("Name two parts"), "\(refused.error)")
      #expect(!folder.exists("run"))
      let verified = try Tool.run("data verify \(data)", in: folder)
      #expect(verified.status == 0, "\(verified.error)")
      let missing = try Tool.run("data verify arrays:nowhere.csv", in: folder)
      #expect(missing.status == 66, "\(missing.error)")
      try folder.write("a,class\n1,x\n2,y,3\n", to: "ragged.csv")
      let ragged = try Tool.run("train --data arrays:ragged.csv", in: folder)
      #expect(ragged.status == 65 && ragged.error.contains("line 3"), "\(ragged.error)")
      let layout = try Tool.run("train --data arrays:a.csv,layout=wide", in: folder)
      #expect(layout.status == 64, "\(layout.error)")
    }
  }
}
