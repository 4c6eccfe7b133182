import Foundation
import NeuralNetworks
import Runs
import SparseRecovery
import Tensors
import TestSupport
import Testing
import Training

@Suite("Sparse training")
struct SparseTrainingTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func sparse(_ form: String, _ more: String...) -> [String] {
    let penalty = form == "term" ? "hoyer-square" : "l-half-over-l2"
    return [
      "training.epochs=6", "training.sparsity.fineTuneEpochs=3",
      "training.sparsity.penalty=\(penalty)", "training.sparsity.form=\(form)",
      "training.sparsity.weight=\(form == "term" ? 0.05 : 2)",
    ] + more
  }

  private func run(_ name: String, _ settings: [String]) throws -> LinearRun {
    // At most this many settings are given below.
    let s = settings + [String](repeating: "seed=0", count: 8 - settings.count)
    return try LinearRun(temporary.run(name), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
  }

  private func tensors(_ run: LinearRun) throws -> [String: [UInt8]] {
    try SafeTensors(contentsOf: run.folder.model.path).tensors.mapValues(\.bytes)
  }

  /// `nonZeroShare` at the end of each epoch.
  private func shares(_ run: LinearRun) throws -> [Double] {
    try metrics(run.folder).compactMap {
      try /"nonZeroShare":([0-9.e-]+)/.firstMatch(in: $0).flatMap { Double($0.1) }
    }
  }

  @Test("A weight of 0 leaves every bit as it is")
  func off() throws {
    let plain = try run("plain", [])
    try plain.trainer().train()
    #expect(try shares(plain).isEmpty)
    for (index, form) in ["proximal", "term"].enumerated() {
      let off = try run(
        "off-\(index)", sparse(form, "training.sparsity.weight=0", "training.epochs=3"))
      try off.trainer().train()
      #expect(try tensors(off) == tensors(plain))
      #expect(try metrics(off.folder) == metrics(plain.folder))
    }
  }

  @Test("Zeros of the proximal form appear with the penalty and stay in fine-tuning")
  func proximal() throws {
    let run = try run("a", sparse("proximal", "training.sparsity.startEpoch=1"))
    try run.trainer().train()
    let shares = try shares(run)
    #expect(shares.count == 6)
    #expect(shares[0] == 1)
    #expect(shares[2] < 0.8 && shares[2] > 0.02)
    #expect(Set(shares[2...]).count == 1)
    let weight = try #require(SafeTensors(contentsOf: run.folder.model.path).tensors["weight"])
    let zeros = (weight .== 0).to(.float64).mean().item
    #expect(abs(1 - zeros - shares[5]) < 1e-12)
  }

  @Test("The form term makes zeros when fine-tuning begins, and is logged")
  func term() throws {
    let run = try run("a", sparse("term", "training.sparsity.threshold=0.1"))
    try run.trainer().train()
    let shares = try shares(run)
    // The digits' corner pixels are always 0, but their weights start elsewhere.
    #expect(shares[2] > 0.99)
    #expect(shares[3] < 0.95)
    #expect(Set(shares[3...]).count == 1)
    let steps = try metrics(run.folder).filter { $0.contains("\"kind\":\"step\"") }
    #expect(steps.count { $0.contains("\"sparsity\":") } == 12)
  }

  @Test("Interrupted and resumed, it ends with the same bytes", arguments: ["proximal", "term"])
  func interruption(_ form: String) throws {
    let whole = try run("whole", sparse(form))
    try whole.trainer().train()
    for stop in [1, 5, 11, 12, 13, 14, 18, 23] {
      let run = try run("stopped-\(stop)", sparse(form))
      try run.trainInterrupted(after: stop)
      #expect(try tensors(run) == tensors(whole), "\(stop)")
      #expect(try metrics(run.folder) == metrics(whole.folder), "\(stop)")
    }
  }

  @Test("The model that is kept is one of the fine-tuning, however well a dense one did")
  func selection() throws {
    let run = try run(
      "a",
      sparse(
        "proximal", "data.validationFraction=0.1", "training.sparsity.weight=20",
        "training.sparsity.startEpoch=2"))
    let summary = try run.trainer().train()
    let accuracies = try metrics(run.folder).compactMap {
      try /"validationAccuracy":([0-9.e-]+)/.firstMatch(in: $0).flatMap { Double($0.1) }
    }
    #expect(accuracies.count == 6)
    #expect(accuracies[..<3].max()! > accuracies[3...].max()!)
    #expect(summary.validationAccuracy == accuracies[3...].max())
    let weight = try #require(SafeTensors(contentsOf: run.folder.model.path).tensors["weight"])
    #expect((weight .== 0).to(.float64).mean().item > 0.3)
  }

  @Test("The rate of fine-tuning is a share of the first one")
  func rate() throws {
    let run = try run("a", sparse("proximal", "training.sparsity.fineTuneRate=0.5"))
    try run.trainer().train()
    let rates = try metrics(run.folder).compactMap {
      try /"learningRate":([0-9.e-]+)/.firstMatch(in: $0).flatMap { Double($0.1) }
    }
    #expect(Set(rates[12...]) == [0.005])
    #expect(rates[0] == 0.01)
  }

  @Test(
    "Settings that cannot be are refused by name",
    arguments: [
      (["penalty=lasso"], "training.sparsity.penalty", "hoyer-square"),
      (["penalty=l1", "weight=-1"], "training.sparsity.weight", "from 0 to 1000000"),
      (["penalty=hoyer-square"], "training.sparsity.form", "no proximal step"),
      (["penalty=l1", "grouping=layer"], "training.sparsity.grouping", "element, filter, neuron"),
      (["penalty=l1", "fineTuneEpochs=30"], "training.sparsity.fineTuneEpochs", "fewer than 30"),
      (["penalty=l1", "threshold=1"], "training.sparsity.threshold", "a number in [0, 1)"),
      (["penalty=l1", "fineTuneRate=0"], "training.sparsity.fineTuneRate", "above 0"),
      (["penalty=l1", "startEpoch=-1"], "training.sparsity.startEpoch", "from 0 to 1000000"),
    ])
  func errors(_ settings: [String], _ key: String, _ expected: String) throws {
    #expect {
      _ = try Configuration.resolved(
        settings.flatMap { try ConfigurationOverride.setting("training.sparsity.\($0)") })
    } throws: {
      "\($0)".contains(key) && "\($0)".contains(expected)
    }
  }
}
