import Foundation
import NeuralNetworks
import Tensors
import Testing

extension ToolTests {
  @Suite("Certificates of cells")
  struct CellCertificateTests {
    private let folder: Workplace

    init() throws { folder = try TrainedRuns.shared.get().folder }

    private func certify(_ run: String, _ options: String...) throws -> Tool.Outcome {
      try Tool.run(
        ["certify", run, "--certificate", "cells", "--limit", "40", "--threads", "1"] + options,
        in: folder)
    }

    @Test("say how much of a split is certified, and that no attack within a radius succeeded")
    func certificate() throws {
      let found = try certify(
        "runs/cells", "--radii", "0,36/255,0.5", "--linf-radii", "2/255", "--state-disturbance",
        "0.05", "--attack-steps", "5", "--strict", "--format", "json")
      #expect(found.status == 0, "\(found.error)")
      let cells = try #require(try found.object()["cells"] as? [String: Any])
      let radii = try #require(cells["sampleRadii"] as? [Double])
      #expect(radii.count == 40 && radii.allSatisfy { $0 >= 0 } && radii.contains { $0 > 0.1 })
      let attack = try #require(cells["attack"] as? [String: Any])
      #expect(attack["attacked"] as? Int == radii.count { $0 > 0 })
      #expect((attack["broken"] as? [Any])?.isEmpty == true)
      let bound = try #require(cells["featureBound"] as? Double)
      #expect(bound >= 1 && bound < 1.0001)
      func accuracy(_ shares: [String: Any], _ key: String, _ row: Int) throws -> Double {
        let share = try #require((shares[key] as? [[String: Any]])?[row])
        return try #require((share["accuracy"] as? [String: Any])?["fraction"] as? Double)
      }
      let still = try #require(cells["radii"] as? [String: Any])
      let disturbance = try #require(cells["disturbance"] as? [String: Any])
      let shaken = try #require(disturbance["radii"] as? [String: Any])
      #expect(try accuracy(still, "shares", 1) == Double(radii.count { $0 >= 36.0 / 255 }) / 40)
      // 64 pixels: a cube of ε is in the ball of 8 ε.
      let cube = try accuracy(still, "cubeShares", 0)
      #expect(cube == Double(radii.count { $0 >= 16.0 / 255 }) / 40)
      for row in 0..<3 {
        #expect(try accuracy(shaken, "shares", row) <= accuracy(still, "shares", row))
      }
      let text = try certify("runs/cells", "--attack-steps", "2").output
      #expect(text.contains("certified samples that an attack within the radius broke"))
      try folder.write("window.vegaEmbed = null", to: "vega.js")
      let page = try Tool.run(
        "report runs/cells --out cells.html", in: folder,
        environment: ["BASIN_VEGA": folder.file("vega.js").path])
      #expect(page.status == 0, "\(page.error)")
      let html = String(decoding: try folder.data("cells.html"), as: UTF8.self)
      #expect(html.contains("Certified accuracy: certified-cell"))
    }

    @Test("are refused in one line where there are none, and what is missing is said")
    func refusals() throws {
      refused(
        try certify("runs/zubov"), 64,
        "regions of attraction that are known exactly, such as certified-cell")
      refused(try certify("runs/cells", "--radii=-0.1"), 64, "a number from 0 on")
      refused(try certify("runs/cells", "--state-disturbance=-1"), 64, "--state-disturbance")
      let solver = ["solution=numerical", "flow.solver=rk4"].flatMap { ["--set", "model.\($0)"] }
      refused(
        try certify("runs/cells", solver[0], solver[1], solver[2], solver[3]), 78,
        "model.flow.solver: expected euler, heun, ssprk3, ssprk3-2, ")
      refused(
        try certify("runs/cells", "--set", "model.field.rotation=0.5"), 78,
        "model.solution: expected")
    }

    @Test("a checkpoint with equal centres or a layer without rank has none")
    func damage() throws {
      let model = try SafeTensors(contentsOf: folder.file("runs/cells/model.safetensors").path)
      func outcome(_ name: String, _ change: (Tensor) -> Tensor) throws -> Tool.Outcome {
        let damaged = try Workplace()
        try FileManager.default.copyItem(
          at: folder.file("runs/cells"), to: damaged.file("run"))
        var tensors = model.tensors
        tensors[name] = change(try #require(tensors[name]))
        try SafeTensors(tensors, metadata: model.metadata)
          .write(to: damaged.file("run/model.safetensors").path)
        return try Tool.run("certify run --limit 3 --threads 1", in: damaged)
      }
      let equal = try outcome("centers") { centers in
        Tensor.concatenated([centers.sliced(0..<1), centers.sliced(0..<1), centers.sliced(2..<10)])
      }
      #expect(equal.status == 65 && equal.error.contains("found one for the classes 0 and 1"))
      let flat = try outcome("extractor.2.weight") { Tensor.zeros(like: $0) }
      #expect(flat.status == 65 && flat.error.contains("extractor.2.weight: expected a matrix"))
      #expect(flat.error.split(separator: "\n").count == 1)
    }
  }
}
