import Failures
import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("MisplacedClampStudy")
struct MisplacedClampTests {
  /// z = (x - 1/2) / (1/4): z is outside [0, 1] for x below 1/2 or above 3/4.
  static let normalization = InputNormalization(mean: [0.5], deviation: [0.25])

  /// Class 1 where a single pixel is above 1/4, that is z above -1.
  static var threshold: ClosureClassifier {
    ClosureClassifier([
      "logits": { twoScores($0.reshaped([-1, 1]) - 0.25) }
    ])
  }

  static func images(_ pixels: [Double], labels: [Int]) throws -> LabelledImages {
    try LabelledImages(
      images: Tensor(pixels, shape: [pixels.count, 1, 1, 1]), labels: labels, classCount: 2)
  }

  static func result(
    _ classifier: any Classifier, _ data: LabelledImages, _ budgets: String = "8/255,16/255",
    batchSize: Int = 128
  ) throws -> MisplacedClampResult {
    var study = MisplacedClampStudy(
      normalization: normalization, budgets: try Budget.list(budgets))
    study.batchSize = batchSize
    return try study.run(classifier, on: data)
  }

  @Test("the clamp takes what lies in negative z, whatever the attack; BIM's does not")
  func destroyedInformation() throws {
    // z = -1.6, -1.2, -0.8, 0.4, 1.6. The clamp makes the first two class 1.
    let data = try Self.images([0.1, 0.2, 0.3, 0.6, 0.9], labels: [0, 0, 1, 1, 1])
    let result = try Self.result(Self.threshold, data, "8/255")
    #expect(result.clean.correct == 5)
    #expect(result.clampAlone.correct == 3)
    #expect(abs(result.clampedShare - 0.8) < 1e-12)
    #expect(
      result.attacks.map(\.name) == ["fgsm", "bim", "pgd", "pgd", "apgd-ce", "apgd-ce", "jitter"])
    #expect(result.attacks.map(\.threat.norm) == [.linf, .linf, .linf, .l2, .linf, .l2, .linf])
    for attack in result.attacks {
      #expect(attack.pixels.correct == 5, "\(attack.name): no pixel is within 8/255 of 1/4")
      #expect(attack.normalized.correct == (attack.name == "bim" ? 5 : 3), "\(attack.name)")
    }
  }

  @Test("APGD counts what is right clean and fooled nowhere; the others what is right at the end")
  func counting() throws {
    // Wrong clean, right once the clamp has put z = -1.6 to 0.
    let data = try Self.images([0.1, 0.1, 0.6], labels: [1, 0, 1])
    let result = try Self.result(Self.threshold, data, "8/255")
    #expect(result.clean.correct == 2 && result.clampAlone.correct == 2)
    let right = Dictionary(
      result.attacks.map { ("\($0.name) \($0.threat.norm)", $0.normalized.correct) }
    ) { first, _ in first }
    #expect(right["pgd l2"] == 2 && right["fgsm linf"] == 2 && right["jitter linf"] == 2)
    #expect(right["apgd-ce l2"] == 1 && right["apgd-ce linf"] == 1)
    #expect(right["bim linf"] == 2)
  }

  @Test("with budget 0 every attack is the clamp alone, on pixels nothing")
  func zeroBudget() throws {
    let problem = try LinearProblem(count: 200)
    let flipped = try LabelledImages(
      images: problem.data.images,
      labels: problem.data.labelList.enumerated().map { $0 % 10 == 0 ? 1 - $1 : $1 }, classCount: 2)
    let result = try Self.result(problem.classifier, flipped, "0")
    // Written out: x = clamp((x - 1/2) / (1/4), 0, 1) / 4 + 1/2 = clamp(x, 1/2, 3/4).
    func right(_ images: Tensor) -> [Bool] {
      zip(problem.classifier.logits(images).argMax(along: 1).integers, flipped.labelList).map(==)
    }
    let clean = right(flipped.images)
    let clamped = right(flipped.images.clamped(to: 0.5...0.75))
    let both = zip(clean, clamped).count { $0 && $1 }
    let fromAbove = right(flipped.images.clamped(to: 0...0.75)).count { $0 }
    // The counts differ, or the test would say nothing.
    let count = clamped.count { $0 }
    #expect(Set([count, both, fromAbove, clean.count { $0 }]).count == 4)
    #expect(result.clampAlone.correct == count)
    #expect(result.clean.correct == clean.count { $0 })
    for attack in result.attacks {
      let expected = ["apgd-ce": both, "bim": fromAbove][attack.name] ?? count
      #expect(attack.normalized.correct == expected, "\(attack.name) \(attack.threat)")
      #expect(attack.pixels.correct == clean.count { $0 }, "\(attack.name) \(attack.threat)")
    }
  }

  @Test("in L2 PGD and APGD do not move with the budget, in L-inf they do")
  func flatness() throws {
    // In 192 pixels a radius of 0.06 is little in L2 and much in L-inf.
    let problem = try LinearProblem(count: 300, pixels: 192)
    let linear = problem.classifier
    let weights = Tensor(
      zip(linear.weights[1], linear.weights[0]).map { $0 - $1 }, shape: [192, 1]
    ).to(.float32)
    let classifier = ClosureClassifier([
      "logits": {
        twoScores($0.flattened(from: 1).matmul(weights) + (linear.biases[1] - linear.biases[0]))
      }
    ])
    let result = try Self.result(classifier, problem.data)
    func right(_ name: String, _ norm: ThreatModel.Norm) -> [Int] {
      result.attacks.filter { $0.name == name && $0.threat.norm == norm }
        .map(\.normalized.correct)
    }
    #expect(result.clampAlone.correct < result.clean.correct - 30)
    for name in ["pgd", "apgd-ce"] {
      let (small, large) = (right(name, .l2)[0], right(name, .l2)[1])
      #expect(small - large <= 6 && small >= large, "\(name) \(small) \(large)")
      #expect(right(name, .linf)[0] > right(name, .linf)[1] + 10)
    }
    #expect(abs(right("pgd", .l2)[0] - result.clampAlone.correct) <= 6)
    #expect(right("bim", .linf)[0] > right("pgd", .linf)[0])
  }

  @Test("BIM's clips leave negatives at x + ε and put what is above 1 to 1")
  func clips() throws {
    let pixels = [-2, -0.01, 0.5, 1.7]
    let samples = LabelledImages(
      unchecked: Tensor(pixels, shape: [1, 4]), labels: [0], indices: [0])
    func attacked(_ slope: Double) throws -> [Double] {
      let classifier = LinearClassifier(
        weights: [Array(repeating: 0, count: 4), Array(repeating: slope, count: 4)],
        biases: [0, 0])
      return try SequentiallyClippedBIM().perturb(
        AttackProblem(
          samples, scores: classifier.scoreFunctions[0],
          threat: ThreatModel(budget: Budget("0.1")))
      ).images.doubles
    }
    for (found, expected) in [
      (try attacked(1), [-1.9, 0.09, 0.6, 1]), (try attacked(-1), [-1.9, 0, 0.4, 1]),
    ] {
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found)")
    }
  }

  @Test("of images in [0, 1] the clips make BIM")
  func sameAsBIM() throws {
    let problem = try LinearProblem()
    let attackProblem = AttackProblem(
      problem.data, scores: problem.classifier.scoreFunctions[0],
      threat: ThreatModel(budget: try Budget("0.1")))
    let clipped = try SequentiallyClippedBIM().perturb(attackProblem).images
    let projected = try BIM.paper.perturb(attackProblem).images
    #expect((clipped - projected).magnitude.max().item < 1e-6)
  }

  @Test("results do not depend on the batch size")
  func batches() throws {
    let problem = try LinearProblem(count: 50)
    let whole = try Self.result(problem.classifier, problem.data)
    #expect(try Self.result(problem.classifier, problem.data, batchSize: 7) == whole)
  }

  @Test("a normalisation of other channels, and settings below 1, are refused")
  func refusals() throws {
    let data = try LinearProblem(count: 4).data
    let classifier = try LinearProblem(count: 4).classifier
    for change in [
      { $0.batchSize = 0 }, { $0.limit = 0 },
      { $0.normalization = InputNormalization(mean: [0, 0], deviation: [1, 1]) },
    ] as [(inout MisplacedClampStudy) -> Void] {
      var study = MisplacedClampStudy(normalization: Self.normalization, budgets: [])
      change(&study)
      #expect(throws: Failure.self) { try study.run(classifier, on: data) }
    }
  }

  @Test("progress ends at its total")
  func progress() throws {
    let problem = try LinearProblem(count: 10)
    var study = MisplacedClampStudy(
      normalization: Self.normalization, budgets: [try Budget("0.1")])
    study.batchSize = 4
    study.limit = 9
    var last = (done: 0, total: 1)
    let result = try study.run(problem.classifier, on: problem.data) { last = ($0, $1) }
    #expect(last.done == last.total && result.clean.count == 9)
  }
}
