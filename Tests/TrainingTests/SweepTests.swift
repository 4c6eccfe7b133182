import Foundation
import Testing

@testable import Runs
@testable import Training

@Suite("Sweeps") struct SweepTests {
  private let few: [ConfigurationOverride] = [
    .init(["method"], .string("neural-ode"), origin: "test"),
    .init(["training", "epochs"], .integer(1), origin: "test"),
  ]

  @Test("Every combination of listed values, the last setting fastest")
  func grid() throws {
    let sweep = try Sweep(
      [Variation("training.learningRate=1e-3,1e-2"), Variation("seed=0,1,2")], overrides: few)
    #expect(
      sweep.trials.map { $0.configuration.training.learningRate }
        == [1, 1, 1, 10, 10, 10].map {
          $0 * 1e-3
        })
    #expect(sweep.trials.map { $0.configuration.seed } == [0, 1, 2, 0, 1, 2])
    #expect(sweep.trials.map(\.number) == [1, 2, 3, 4, 5, 6])
    #expect(sweep.isValidated)
  }

  @Test("A value is YAML: lists and words are possible, commas in brackets belong to them")
  func values() throws {
    let variation = try Variation("model.backbone.features.channels=[8, 8, 8], [16, 16, 16]")
    #expect(
      variation.values
        == .list([
          .list([.integer(8), .integer(8), .integer(8)]),
          .list([.integer(16), .integer(16), .integer(16)]),
        ]))
  }

  @Test("Draws lie in their intervals, spread as is asked, and depend on seed, key and trial alone")
  func draws() throws {
    let variations = try [
      Variation("training.learningRate=1e-4..1e-2:log"), Variation("model.backbone.hidden=16..19"),
      Variation("seed=0..999"),
    ]
    let long = try Sweep(variations, draws: 400, seed: 3, overrides: few)
    let rates = long.trials.map { $0.configuration.training.learningRate }
    #expect(rates.allSatisfy { (1e-4...1e-2).contains($0) })
    // Half of the logarithms are below the middle: a binomial number of 400, within four deviations.
    #expect(abs(rates.count { $0 < 1e-3 } - 200) < 40)
    let widths = long.trials.map { $0.values[1].value }
    for width in 16...19 {
      #expect(abs(widths.count { $0 == .integer(width) } - 100) < 35)
    }
    let seeds = long.trials.map { $0.values[2].value }
    let short = try Sweep(Array(variations[1...]), draws: 5, seed: 3, overrides: few)
    #expect(short.trials.map { $0.values[1].value } == Array(seeds.prefix(5)))
    let other = try Sweep([variations[2]], draws: 50, seed: 4, overrides: few)
    #expect(other.trials.map { $0.values[0].value } != Array(seeds.prefix(50)))
  }

  @Test("Draws from a few values are different ones, and as many as there are at most")
  func different() throws {
    let few = try [Variation("training.learningRate=1e-3,1e-2,0.1"), Variation("seed=0..1")]
    let all = try Sweep(few, draws: 6, overrides: self.few)
    #expect(Set(all.trials.map { $0.values.map(\.value) }).count == 6)
    #expect(all.trials.map(\.number) == Array(1...6))
    let some = try Sweep(few, draws: 4, overrides: self.few)
    #expect(
      some.trials.map { $0.values.map(\.value) }
        == all.trials.prefix(4).map { $0.values.map(\.value) })
    #expect {
      try Sweep(few, draws: 7, overrides: self.few)
    } throws: {
      "\($0)".contains("at most 6")
    }
  }

  @Test(
    "What changes the samples that trials are ranked by, or has a value already, is not varied",
    arguments: ["data.name=digits,toy-2d", "data.seed=0,1", "data.validationFraction=0.1,0.2"])
  func unlike(_ variation: String) {
    #expect {
      try Sweep([Variation(variation)], overrides: few)
    } throws: {
      "\($0)".contains("leaves the samples as they are")
    }
    let fixed = few + [.init(["seed"], .integer(1), origin: "--set seed=1")]
    #expect {
      try Sweep([Variation("seed=1,2")], overrides: fixed)
    } throws: {
      "\($0)".contains("found --set seed=1")
    }
    // A file's values are there to be changed.
    let file = few + [.init(["seed"], .integer(1), origin: "file.yaml:3")]
    #expect(throws: Never.self) { try Sweep([Variation("seed=1,2")], overrides: file) }
  }

  @Test("A setting of which no trial took notice is named")
  func idle() throws {
    let sweep = try Sweep(
      [Variation("training.momentum=0.8,0.9"), Variation("seed=0,1")], overrides: few)
    func result(_ digests: [String?]) -> SweepResult {
      SweepResult(
        sweep,
        entries: zip(sweep.trials, digests).map { trial, digest in
          SweepResult.Entry(
            trial, run: RunFolder("trial-\(trial.number)"),
            outcome: .init(
              testAccuracy: 1, validationAccuracy: 1, parameterCount: 1, seconds: 1,
              weightsDigest: digest))
        })
    }
    #expect(result(["a", "b", "a", "b"]).idleKeys == ["training.momentum"])
    #expect(result(["a", "b", "a", "c"]).idleKeys == [])
    #expect(result(["a", "a", "a", "a"]).idleKeys == ["training.momentum", "seed"])
    #expect(result([nil, nil, nil, nil]).idleKeys == [])
    #expect(result(["a", "b", "a", "b"]).caution.contains("training.momentum made no difference"))
  }

  @Test(
    "What cannot be varied is refused before anything is trained",
    arguments: [
      ("training.learningRate=1..2", "listed values"), ("training.learnigRate=1", "Did you mean"),
      ("training.learningRate=1,x", "a number"), ("training.learningRate", "KEY=VALUE"),
      ("seed=3..3", "less than"), ("seed=0..9:log", "above 0"), ("seed=", "KEY=VALUE"),
    ])
  func refusals(argument: String, expected: String) {
    #expect {
      try Sweep([Variation(argument)], overrides: few)
    } throws: {
      "\($0)".contains(expected)
    }
  }

  @Test("A setting varied twice, and more combinations than a hundred thousand, are refused")
  func limits() throws {
    #expect(throws: ConfigurationError.self) {
      try Sweep([Variation("seed=0"), Variation("seed=1")], overrides: few)
    }
    let many = (0..<1000).map(String.init).joined(separator: ",")
    #expect(throws: ConfigurationError.self) {
      try Sweep(
        [Variation("seed=\(many)"), Variation("training.epochs=\(many)")], overrides: few)
    }
  }

  @Test("Trials are compared on the same samples: by the test where nothing is held out")
  func ranking() throws {
    func order(
      _ variation: String, _ overrides: [ConfigurationOverride]? = nil, validation: [Double?],
      test: [Double]
    ) throws -> [Int] {
      let sweep = try Sweep([Variation(variation)], overrides: overrides ?? few)
      let entries = zip(sweep.trials, zip(validation, test)).map { trial, accuracies in
        SweepResult.Entry(
          trial, run: RunFolder("trial-\(trial.number)"),
          outcome: .init(
            testAccuracy: accuracies.1, validationAccuracy: accuracies.0, parameterCount: 1,
            seconds: 1, weightsDigest: nil))
      }
      return SweepResult(sweep, entries: entries).entries.map(\.trial)
    }
    #expect(try order("seed=0,1", validation: [0.8, 0.9], test: [0.8, 0.7]) == [2, 1])
    let none = few + [.init(["data", "validationFraction"], .number(0), origin: "test")]
    #expect(
      try order("seed=0,1", none, validation: [nil, nil], test: [0.8, 0.7]) == [1, 2])
  }
}
