import NeuralNetworks
import Robustness
import Synchronization
import Tensors
import Testing

@Suite("Larger batches where they change no bit")
struct WideBatchTests {
  /// Scores of images [N, 2], element by element, so that they do not depend on the batch; `noise` does.
  private func classifier(
    _ noise: @escaping (Tensor) throws -> Tensor = { Tensor.zeros(like: $0) }
  ) -> ClosureClassifier {
    ClosureClassifier(["logits": { $0 * 3 + (try noise($0)) }])
  }

  private let images = RandomGenerator(seed: 1).uniform([40, 2], in: 0..<1)

  private func rows(_ classifier: ClosureClassifier) -> Int {
    classifier.inFixedBatches.widened(trying: images).rows
  }

  @Test("Rows that are treated alike at every size are taken together")
  func alike() { #expect(rows(classifier()) == 4 * FixedBatch.rows) }

  @Test(
    "A score or a derivative that depends on the number of rows, or on the place, ends the widening"
  )
  func unlike() {
    let size = FixedBatch.rows
    // By the number of rows: of all larger batches, or of one of 96.
    #expect(rows(classifier { $0 * 0 + Double($0.shape[0]) * 1e-6 }) == size)
    #expect(rows(classifier { $0 * 0 + ($0.shape[0] == 3 * size ? 1e-6 : 0) }) == 2 * size)
    // The derivative alone.
    #expect(rows(classifier { ($0 - $0.detached) * Double($0.shape[0]) }) == size)
    // By what else is in the batch, as where a solver's steps are those of all.
    #expect(rows(classifier { $0 * 0 + $0.mean() * 1e-3 }) == size)
    // The place alone: the last row of a batch.
    #expect(
      rows(
        classifier { x in
          let last = (0..<x.shape[0]).map { $0 == x.shape[0] - 1 ? Float(1e-3) : 0 }
          return x * 0 + Tensor(last, shape: [x.shape[0], 1])
        }) == size)
    // What is no number is like nothing.
    #expect(rows(classifier { $0 * .nan }) == size)
  }

  @Test("A score function of the attacker's counts, and so does one that fails")
  func others() {
    struct Fault: Error {}
    let unlike = ClosureClassifier([
      "logits": { $0 }, "other": { $0 + Double($0.shape[0]) * 1e-6 },
    ])
    #expect(rows(unlike) == FixedBatch.rows)
    let failing = ClosureClassifier([
      "logits": { x in
        if x.shape[0] > 2 * FixedBatch.rows { throw Fault() }
        return x
      }
    ])
    #expect(rows(failing) == 2 * FixedBatch.rows)
  }

  @Test("Fewer images than a batch are no trial")
  func few() {
    #expect(
      classifier().inFixedBatches.widened(trying: images.sliced(0..<31)).rows == FixedBatch.rows)
  }

  @Test(
    "A long evaluation takes the samples together, a short one does not, and both find the same")
  func evaluation() throws {
    let problem = try LinearProblem(count: 200)
    func widest(steps: Int) throws -> (rows: Int, survivors: [Int]) {
      let widest = Mutex(0)
      let spy = ClosureClassifier([
        "logits": { x in
          if x.requiresGradient { widest.withLock { $0 = max($0, x.shape[0]) } }
          return problem.classifier.logits(x)
        }
      ])
      var evaluation = RobustnessEvaluation()
      evaluation.attacks = [
        AttackPlan(PGD(steps: steps, relativeStep: 0.25))
      ]
      evaluation.threats = [ThreatModel(budget: try Budget("0.05"))]
      evaluation.auditRules = []
      let result = try evaluation.run(spy, on: problem.data).result
      return (widest.withLock { $0 }, result.threats[0].survivors)
    }
    let (short, long) = (try widest(steps: 20), try widest(steps: 200))
    #expect(short.rows == FixedBatch.rows && long.rows == 4 * FixedBatch.rows)
    #expect(short.survivors == long.survivors && !long.survivors.isEmpty)
  }
}
