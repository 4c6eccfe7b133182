import Datasets
import Evaluations
import Foundation
import NeuralNetworks
import Reports
import Robustness
import Runs
import Tensors
import TestSupport
import Testing

@Suite("Runs beside each other in a report")
struct ComparisonTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A run of a linear model that is not trained, measured as asked.
  func run(
    _ name: String, seed: Int = 0, rate: Double = 0.01, samples: Int = 40,
    attacks: String = "fgsm", epsilons: String = "0.1", norm: ThreatModel.Norm = .linf,
    corruptions: String = "none", severities: String = "1", isCascade: Bool = false,
    evaluationProtocol: EvaluationProtocol = .strict
  ) throws -> RunRecord {
    let run = try LinearRun(
      temporary.run(name), "seed=\(seed)", "training.learningRate=\(rate)")
    let model = LinearClassifier(run.configuration, input: run.dataset.card.modelInput)
    let request = try EvaluationRequest(
      corruptions: corruptions, severities: severities, attacks: attacks, epsilons: epsilons,
      norm: norm, isCascade: isCascade, evaluationProtocol: evaluationProtocol)
    let (images, labels) = run.dataset.test.batch(0..<samples)
    let result = try request.evaluation.run(
      model, on: LabelledImages(images: images, labels: labels.integers, classCount: 10)
    ).result
    let object: [String: Any] = [
      "schemaVersion": 1, "method": "neural-ode", "data": "digits", "split": "test",
      "configurationHash": try run.configuration.hash, "dataDigest": run.dataset.test.sha256(),
      "parameterCount": 650, "device": "cpu", "basin": Basin.version, "seconds": 1,
      "result": try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)),
    ]
    try JSONSerialization.data(withJSONObject: object).write(to: run.folder.evaluation)
    return try RunRecord(run.folder)
  }

  func comparison(_ runs: RunRecord...) throws -> Comparison {
    Comparison(try RunGroup.groups(of: runs))
  }

  @Test("what was measured on the same samples shares a table, and its best stands out")
  func same() throws {
    let comparison = try comparison(run("a"), run("b", rate: 0.02))
    #expect(comparison.parts.map(\.rows.count) == [2])
    #expect(comparison.parts[0].setting.sampleCount == 40)
    let cells = comparison.parts[0].tables[0].rows.map { $0[1] }
    // The same model twice.
    #expect(cells.allSatisfy(\.isEmphasized) && cells[0].text == cells[1].text)
  }

  @Test("other samples, another protocol or a cascade are another table, in which nothing is best")
  func apart() throws {
    let comparison = try comparison(
      run("a"), run("fewer", rate: 0.02, samples: 30),
      run("paper", rate: 0.03, evaluationProtocol: .paper),
      run("cascade", rate: 0.04, isCascade: true))
    #expect(comparison.parts.map(\.rows.count) == [1, 1, 1, 1])
    #expect(
      comparison.parts.map(\.title) == [
        "digits, 40 test samples, protocol strict", "digits, 30 test samples, protocol strict",
        "digits, 40 test samples, protocol paper",
        "digits, 40 test samples, protocol strict, cascade",
      ])
    for part in comparison.parts {
      let cells = part.tables.flatMap(\.rows).flatMap { $0 }
      #expect(cells.allSatisfy { !$0.isEmphasized })
      #expect(part.tables.allSatisfy { $0.caption?.hasPrefix(part.title) == true })
    }
  }

  @Test("seeds that were measured on other samples have no common mean")
  func seeds() throws {
    let comparison = try comparison(
      run("a"), run("b", seed: 1), run("c", seed: 2, samples: 30))
    #expect(comparison.parts.map { $0.rows.map(\.runs.count) } == [[2], [1]])
    #expect(comparison.parts[0].rows[0].accuracies["clean"]?.count == 2)
    #expect(comparison.parts[1].rows[0].accuracies["clean"]?.count == 1)
  }

  @Test("what matters most comes first, single corruptions have a table of their own")
  func order() throws {
    let comparison = try comparison(
      run(
        "a", attacks: "fgsm,bim", epsilons: "0.1,8/255",
        corruptions: "gaussian-noise,contrast,shot-noise"))
    let part = try #require(comparison.parts.first)
    #expect(
      part.tables.map { $0.columns.map(\.title) } == [
        [
          "method", "clean", "worst 8/255", "worst 0.1", "fgsm 8/255", "bim 8/255", "fgsm 0.1",
          "bim 0.1", "corrupted",
        ],
        ["method", "gaussian-noise", "contrast", "shot-noise"],
      ])
    let row = try #require(part.rows.first)
    let single = ["gaussian-noise", "contrast", "shot-noise"].compactMap {
      row.accuracies[$0]?.mean
    }
    #expect(abs(try #require(row.accuracies["corrupted"]).mean - single.reduce(0, +) / 3) < 1e-12)
  }

  @Test("a worst case over other attacks and a mean over other severities are other columns")
  func extents() throws {
    let comparison = try comparison(
      run("a", attacks: "fgsm,bim", corruptions: "contrast", severities: "1"),
      run("b", rate: 0.02, attacks: "fgsm,pgd", corruptions: "contrast", severities: "1,5"))
    let part = try #require(comparison.parts.first)
    #expect(part.rows.count == 2)
    #expect(
      part.columns == [
        "clean", "worst 0.1 of bim, fgsm", "worst 0.1 of fgsm, pgd", "fgsm 0.1", "bim 0.1",
        "pgd 0.1", "contrast (severity 1)", "contrast (severity 1, 5)",
      ])
    for column in part.columns where column.contains(" of ") || column.contains("severity") {
      #expect(part.rows.count { $0.accuracies[column] != nil } == 1, "\(column)")
    }
  }

  @Test("budgets in another norm are another column")
  func norms() throws {
    let comparison = try comparison(
      run("a", attacks: "pgd", epsilons: "0.5"),
      run("b", rate: 0.02, attacks: "pgd", epsilons: "0.5", norm: .l2))
    #expect(comparison.parts[0].columns == ["clean", "pgd 0.5", "pgd L2 0.5"])
  }

  @Test("the page says how many samples, what intervals are, and that settings are not comparable")
  func page() throws {
    func text(_ runs: RunRecord...) throws -> String {
      try RunReport(runs).page().html(vegaBundle: "")
    }
    let epsilons = "0.05,0.1"
    let one = try text(run("one", epsilons: epsilons))
    #expect(one.contains("Bands are 95 % intervals of single runs."))
    #expect(one.contains(", 40 samples") && one.contains("one sample is 2.50 points."))
    #expect(!one.contains("not comparable"))
    let two = try text(run("two", epsilons: epsilons), run("three", seed: 1, epsilons: epsilons))
    #expect(two.contains("Bands are a standard deviation over seeds to both sides."))
    #expect(!two.contains("Bands are 95 %"))
    let apart = try text(run("four"), run("five", rate: 0.02, samples: 30))
    #expect(apart.contains("figures of different settings are not comparable"))
  }
}
