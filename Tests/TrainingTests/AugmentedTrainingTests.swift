import Datasets
import Failures
import Foundation
import Runs
import TestSupport
import Testing
import Training

@Suite struct AugmentedTrainingTests {
  let temporary: TemporaryFolder
  let augmented = "data.augmentation=[crop, flip, autoaugment]"

  init() throws { temporary = try TemporaryFolder() }

  @Test("Interrupted after any step and resumed, an augmented training ends with the same bytes")
  func interruption() throws {
    let whole = try LinearRun(temporary.run("whole"), augmented)
    try whole.trainer().train()
    for stop in [1, 3, 4, 5, 9] {
      let run = try LinearRun(temporary.run("stopped-\(stop)"), augmented)
      try run.trainInterrupted(after: stop)
      #expect(try bytes(run.folder.model) == bytes(whole.folder.model))
      #expect(try metrics(run.folder) == metrics(whole.folder))
    }
  }

  @Test("Each augmentation changes what is learnt from, and so does their order")
  func effect() throws {
    func firstStep(_ names: String) throws -> String {
      let run = try LinearRun(temporary.run("run-\(names)"), "data.augmentation=[\(names)]")
      try run.trainer().train()
      return try metrics(run.folder)[0]
    }
    let choices = ["", "crop", "flip", "autoaugment", "crop,autoaugment", "autoaugment,crop"]
    #expect(Set(try choices.map(firstStep)).count == choices.count)
  }

  @Test(
    "What cannot be augmented is refused before anything is written",
    arguments: [("digits", "[crop, flap]", "found 'flap'"), ("toy-2d", "[crop]", "shape [2]")])
  func refusals(data: String, names: String, reason: String) throws {
    let configuration = try Configuration.resolved(
      ["data.name=\(data)", "data.augmentation=\(names)"].flatMap {
        try ConfigurationOverride.setting($0)
      })
    let folder = temporary.run("refused")
    let error = #expect(throws: Failure.self) {
      try Trainer.starting(configuration, in: folder, terminal: silent)
    }
    #expect(error?.kind == .invalidOption && error?.description.contains(reason) == true)
    #expect(!folder.exists)
  }
}
