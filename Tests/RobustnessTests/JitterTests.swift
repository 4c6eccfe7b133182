import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Jitter")
struct JitterTests {
  /// A network of four classes on 20 images, in float64 so that signs agree.
  private struct Problem {
    let network: @Sendable (Tensor) -> Tensor
    let data: LabelledImages
    let threat: ThreatModel

    init() throws {
      threat = ThreatModel(budget: try Budget("16/255"))
      let generator = RandomGenerator(seed: 31)
      let inner = generator.normal([16, 12], dtype: .float64)
      let outer = generator.normal([4, 16], dtype: .float64)
      network = { $0.flattened(from: 1).linear(weight: inner).tanh.linear(weight: outer) }
      let images = generator.uniform([20, 1, 3, 4], dtype: .float64)
      data = try LabelledImages(
        images: images, labels: network(images).argMax(along: 1).integers, classCount: 4)
    }

    func perturb(_ attack: any Attack, attempt: Int = 0) throws -> Perturbation {
      try attack.perturb(
        AttackProblem(
          data, scores: ScoreFunction(name: "network", scores: network), threat: threat, seed: 2,
          attempt: attempt))
    }

    /// torchattacks' jitter.py, sample by sample.
    func formula(
      from start: Tensor, steps: Int, scale: Double, noise: (_ step: Int) -> Tensor
    ) -> Tensor {
      let epsilon = threat.epsilon
      let moved = data.indices.map { row in
        let (image, label) = (data.images[row].unsqueezed(0), data.labelList[row])
        var x = start[row].unsqueezed(0)
        for step in 0..<steps {
          let leaf = x.differentiable()
          let z = network(leaf)
          let isWrong = z.argMax(along: 1).integers != [label]
          let size = z.magnitude.max(along: 1)
          let soft = (z / size * scale).softmax(along: 1) + noise(step)[row].unsqueezed(0)
          var cost = soft.squared.mean()
          // (ẑ_y - 1)² for ẑ_y².
          cost = cost + (1 - soft[0].sliced(label..<label + 1).sum() * 2) / 4
          let distance = (leaf - image).magnitude.flattened().max(along: 0)
          if isWrong, distance.item != 0 { cost = cost / distance }
          let g = gradient(of: cost, wrt: [leaf])[0]
          let change = (x + g.sign * (epsilon / 8) - image).clamped(to: -epsilon...epsilon)
          x = (image + change).clamped(to: 0...1)
        }
        return x[0]
      }
      return Tensor.stacked(moved)
    }
  }

  @Test("the images are those of torchattacks' formula", arguments: [(10.0, 0.1), (4, 0), (10, 1)])
  func formula(scale: Double, deviation: Double) throws {
    let problem = try Problem()
    let noise = { (step: Int) in
      sampleDraws("jitter noise \(step)", indices: problem.data.indices, seed: 2) {
        $0.normal([4], deviation: deviation)
      }.to(.float64)
    }
    for startsRandomly in [true, false] {
      let attack = Jitter(
        relativeStep: 1 / 8, scale: scale, deviation: deviation, startsRandomly: startsRandomly,
        returning: .last)
      let start =
        startsRandomly
        ? (problem.data.images
          + sampleDraws("jitter", indices: problem.data.indices, seed: 2) {
            $0.uniform([1, 3, 4], in: -1..<1)
          }.to(.float64) * problem.threat.epsilon).clamped(to: 0...1) : problem.data.images
      let expected = problem.formula(from: start, steps: 10, scale: scale, noise: noise)
      let found = try problem.perturb(attack).images
      #expect((found - expected).magnitude.max().item < 1e-6)
      let wrong = zip(problem.network(found).argMax(along: 1).integers, problem.data.labelList)
        .count { $0 != $1 }
      #expect(wrong > 3 && wrong < 20)
    }
  }

  @Test("noise is drawn afresh in each step, attempt and sample, and changes the way")
  func noise() throws {
    let problem = try Problem()
    let loud = Jitter(relativeStep: 1 / 8, deviation: 2, startsRandomly: false, returning: .last)
    let quiet = Jitter(relativeStep: 1 / 8, deviation: 0, startsRandomly: false, returning: .last)
    let first = try problem.perturb(loud).images
    #expect(first.doubles == (try problem.perturb(loud).images.doubles))
    let second = try problem.perturb(loud, attempt: 1).images
    #expect((first - second).magnitude.max().item > 0.01)
    #expect((first - (try problem.perturb(quiet).images)).magnitude.max().item > 0.01)
    #expect(
      (try problem.perturb(quiet).images - (try problem.perturb(quiet, attempt: 1).images))
        .magnitude.max().item == 0)
  }

  /// Where an image of two pixels of 0.5 and class 0 goes in steps of 0.025 without noise.
  private func moved(_ steps: Int, _ scores: @escaping (Tensor) -> Tensor) throws -> [Double] {
    let data = try LabelledImages(images: Tensor.full(0.5, [1, 2]), labels: [0], classCount: 2)
    return try Jitter(
      steps: steps, relativeStep: 1 / 4, deviation: 0, startsRandomly: false, returning: .last
    ).perturb(
      AttackProblem(
        data, scores: ScoreFunction(name: "test", scores: scores),
        threat: ThreatModel(budget: try Budget("0.1")))
    ).images.doubles
  }

  @Test("a misclassified image is drawn back along its farthest pixels") func pullsBack() throws {
    // Misclassified throughout, by a score of class 1 with small slopes.
    func scores(_ x: Tensor) -> Tensor {
      let score = x.sliced(0..<1, along: 1) * 0.01 + x.sliced(1..<2, along: 1) * 0.02
      return Tensor.concatenated([Tensor.zeros(like: score) - 1, score], along: 1)
    }
    #expect(try moved(1, scores).allSatisfy { abs($0 - 0.525) < 1e-6 })
    // Now the distance is 0.025, in both pixels: halving it doubles the loss.
    #expect(try moved(2, scores).allSatisfy { abs($0 - 0.5) < 1e-6 })
  }

  @Test("the size of the scores is differentiated too") func slopeOfSize() throws {
    // z / ‖z‖ of (m, -m) is (1, -1) wherever m > 0: there is no slope, however much z_0 falls.
    func scores(_ x: Tensor) -> Tensor {
      let score = x.sum(along: 1, keeping: true) + 1
      return Tensor.concatenated([score, -score], along: 1)
    }
    #expect(try moved(1, scores) == [0.5, 0.5])
  }

  @Test("scores of 0 and flat scores leave the image; scores of any size do not")
  func scale() throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func perturb(_ factor: Double) throws -> Perturbation {
      let scores = ScoreFunction(name: "scaled") { problem.classifier.logits($0) * factor }
      return try Jitter(returning: .last).perturb(
        AttackProblem(problem.data, scores: scores, threat: threat))
    }
    let zero = try Jitter(startsRandomly: false).perturb(
      AttackProblem(
        problem.data,
        scores: ScoreFunction(name: "zero") { problem.classifier.logits($0) * 0 }, threat: threat))
    #expect(zero.images.doubles == problem.data.images.doubles)
    #expect(zero.gradients!.allSatisfy { $0.startsAtZero && $0.isFinite })
    let expected = try perturb(1)
    #expect(expected.gradients!.allSatisfy { !$0.startsAtZero })
    for factor in [1.0 / 1024, 1024, 1_048_576] {
      #expect((try perturb(factor).images - expected.images).magnitude.max().item < 1e-6)
    }
  }

  @Test("what happens to a sample does not depend on its batch, bit for bit") func batches() throws
  {
    let problem = try LinearProblem(count: 30)
    let scores = problem.classifier.scoreFunctions[0]
    for attack in [Jitter(), Jitter.paper] {
      let threat = ThreatModel(budget: try Budget("0.1"))
      let together = try attack.perturb(
        AttackProblem(problem.data, scores: scores, threat: threat, seed: 1)
      ).images
      let order = [29, 3, 11, 4, 0]
      let apart = try attack.perturb(
        AttackProblem(problem.data.subset(order), scores: scores, threat: threat, seed: 1)
      ).images
      for (row, position) in order.enumerated() {
        #expect(apart[row].doubles == together[position].doubles)
      }
      let distances = threat.distances(from: problem.data.images, to: together)
      #expect(distances.allSatisfy { $0 <= 0.1 + 1e-6 })
      #expect(together.doubles.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
  }
}
