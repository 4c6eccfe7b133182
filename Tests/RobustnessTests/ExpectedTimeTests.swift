import NeuralNetworks
import Robustness
import Tensors
import Testing

/// A linear classifier on a clock of its own: a call costs 1 s, and a row 0.1 s.
@Suite("The time that an evaluation is expected to take")
struct ExpectedTimeTests {
  private final class Clock { var seconds = 0.0 }

  private func told(
    _ attack: any Attack, budgets: [String], isCascade: Bool = false
  ) throws -> [(time: Double, progress: EvaluationProgress)] {
    let clock = Clock()
    let problem = try LinearProblem(count: 40)
    let victim = ClosureClassifier([
      "logits": { images in
        clock.seconds += 1 + 0.1 * Double(images.shape[0])
        return problem.classifier.logits(images)
      }
    ])
    var evaluation = try EvaluationTests.evaluation([attack], budgets: budgets)
    evaluation.auditRules = []
    evaluation.batchSize = 40
    evaluation.isCascade = isCascade
    evaluation.clock = { clock.seconds }
    var seen: [(Double, EvaluationProgress)] = []
    _ = try evaluation.run(victim, on: problem.data) { seen.append((clock.seconds, $0)) }
    return seen
  }

  @Test(
    "after the first of many attempts it is what the survivors will cost", arguments: [false, true])
  func survivors(isCascade: Bool) throws {
    let attack = PGD(name: "pgd-10x8", steps: 10, restarts: 8)
    let seen = try told(attack, budgets: ["0.05", "0.1"], isCascade: isCascade)
    let end = try #require(seen.last).time
    let first = try #require(seen.first { $0.progress.settled > 0 })
    let expected = try #require(first.progress.secondsLeft)
    // What still breaks under the larger budget makes it less, never more.
    #expect(expected >= 0.95 * (end - first.time) && expected <= 1.5 * (end - first.time))
    for moment in seen where moment.time > first.time {
      let left = try #require(moment.progress.secondsLeft)
      // The passes that verify are not counted ahead.
      #expect(left >= 0.9 * (end - moment.time) - 10)
    }
    // From the last break on it counts down as time passes.
    let settled = try #require(seen.last { $0.progress.left > 0 }).progress.settled
    let rest = seen.filter { $0.progress.settled == settled }
    #expect(rest.count > 20)
    for moment in rest {
      let left = try #require(moment.progress.secondsLeft)
      #expect(left <= 1.1 * (end - moment.time) + 5)
    }
    #expect(seen.last?.progress.secondsLeft == 0)
  }

  @Test("it is told within a batch too, and shrinks as images break") func within() throws {
    let seen = try told(APGD.crossEntropy, budgets: ["0.1"])
    let attacked = seen.compactMap { moment in
      moment.progress.activity.flatMap { $0.name == "apgd-ce" ? (moment.time, $0.images) : nil }
    }
    // A hundred steps, told about more than once.
    #expect(attacked.count > 20)
    let images = attacked.map(\.1)
    #expect(zip(images, images.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(images.first == 40 && images.last! < 40)
  }
}
