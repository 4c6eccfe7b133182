import NeuralNetworks
import Robustness
import Synchronization
import Tensors
import Testing

@Suite("APGD")
struct APGDTests {
  @Test("the checkpoints are AutoAttack's")
  func checkpoints() {
    #expect(APGD.checkpoints(iterations: 100) == [22, 41, 57, 70, 80, 87, 93, 99])
    #expect(APGD.checkpoints(iterations: 50) == [11, 21, 30, 38, 45])
    #expect(APGD.checkpoints(iterations: 20) == [4, 7] + Array(9...20))
    #expect(APGD.checkpoints(iterations: 10) == Array(2...10))
    #expect(APGD.checkpoints(iterations: 1) == [1])
  }

  static let losses = ["ce", "dlr", "targeted"]

  @Test(
    "on a network every image is that of AutoAttack's loop written out",
    arguments: losses, [10, 20])
  func plainLoop(loss: String, iterations: Int) throws {
    let network = PlainNetwork(pixels: 12, width: 8, classes: 5, seed: 4)
    let data = try network.samples(20, seed: 5)
    var apart = 0
    var compared = 0
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget(norm == .linf ? "0.06" : "0.25"))
      for start in [APGD.Start.clean, .random] {
        var images: [[Double]] = []
        for comparesWithZero in [false, true] {
          let attack = APGD(
            name: "test", objective: Self.objective(loss), iterations: iterations, start: start,
            stopsAtSuccess: false, comparesFirstLossWithZero: comparesWithZero)
          let problem = AttackProblem(
            data, scores: network.function, threat: threat, seed: 3, attempt: 2)
          let found = try attack.perturb(problem).images
          let starts = Self.starts(start, data, threat, attempt: 2)
          for position in data.indices {
            let (clean, label) = (data.images[position].doubles, data.labelList[position])
            let ranked = network.scores(clean)
            let wrong = ranked.indices.filter { $0 != label }.sorted { ranked[$0] > ranked[$1] }
            let plain = PlainAPGD(
              network: network, label: label,
              loss: loss == "ce"
                ? .crossEntropy(label)
                : loss == "dlr" ? .logitRatio(label) : .logitRatio(label, towards: wrong[2]),
              norm: norm, epsilon: threat.epsilon, clean: clean,
              comparesFirstLossWithZero: comparesWithZero)
            guard let expected = plain.reached(from: starts[position], iterations: iterations)
            else { continue }
            compared += 1
            let distance = zip(found[position].doubles, expected).map { abs($0 - $1) }.max()!
            #expect(distance < 1e-6, "\(norm) \(start) \(comparesWithZero) \(position)")
          }
          images.append(found.doubles)
        }
        if images[0] != images[1] { apart += 1 }
      }
    }
    #expect(compared > 80)
    // A cross entropy is above 0, and almost always rises in the first step too.
    #expect(apart > 0 || loss == "ce")
  }

  private static func objective(_ loss: String) -> APGD.Objective {
    switch loss {
    case "ce": .untargeted(CrossEntropyLoss())
    case "dlr": .untargeted(LogitRatioLoss())
    default: .targeted(classes: 3)
    }
  }

  /// Where an attack named "test" starts with seed 3, in float64.
  private static func starts(
    _ start: APGD.Start, _ data: LabelledImages, _ threat: ThreatModel, attempt: Int
  ) -> [[Double]] {
    let clean = data.indices.map { data.images[$0].doubles }
    if start == .clean { return clean }
    let shape = Array(data.images.shape.dropFirst())
    let draws = sampleDraws("test", indices: data.indices, seed: 3, attempt: attempt) {
      threat.norm == .linf ? $0.uniform(shape, in: -1..<1) : $0.normal(shape)
    }
    return clean.enumerated().map { row, clean in
      let draw = draws[row].doubles
      let size =
        threat.norm == .linf
        ? draw.map { abs($0) }.max()! : draw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return zip(clean, draw).map { min(max($0 + threat.epsilon * $1 / size, 0), 1) }
    }
  }

  @Test(
    "on a linear classifier the image reached in L-inf is x - ε sign(w), confined to [0, 1]",
    arguments: [true, false])
  func linear(stopsAtSuccess: Bool) throws {
    let problem = try LinearProblem()
    let threat = ThreatModel(budget: try Budget("0.1"))
    let slope = Self.slope(of: problem)
    let attack = APGD(
      name: "apgd", objective: .untargeted(CrossEntropyLoss()), stopsAtSuccess: stopsAtSuccess)
    let found = try perturb(problem, by: attack, threat: threat)
    var survivors = 0
    for position in problem.data.indices {
      let label = problem.data.labelList[position]
      let image = problem.image(position)
      let survives =
        problem.classifier.worstMargin(image, label: label, epsilon: threat.epsilon) > 0
      if survives { survivors += 1 }
      guard survives || !stopsAtSuccess else { continue }
      for (pixel, value) in found.images[position].doubles.enumerated() {
        let sign: Double = (slope[pixel] > 0) == (label == 0) ? -1 : 1
        #expect(abs(value - min(1, max(0, image[pixel] + 0.1 * sign))) < 1e-6)
      }
    }
    #expect(survivors > 0 && survivors < 100)
    let isWrong = zip(
      problem.classifier.logits(found.images).argMax(along: 1).integers, problem.data.labelList
    ).map { $0 != $1 }
    #expect(isWrong.count { !$0 } == survivors)
  }

  @Test("in L2 it is x - ε w / ‖w‖ within [0, 1], and near the best allowed image at the edge")
  func linearL2() throws {
    let threat = ThreatModel(.l2, budget: try Budget("0.3"))
    let attack = APGD(
      name: "apgd", objective: .untargeted(CrossEntropyLoss()), stopsAtSuccess: false)
    for (range, tolerance) in [(0.4..<0.6, 1e-4), (0.0..<1.0, 0.02)] {
      let problem = try LinearProblem(count: 40, range: range)
      let slope = Self.slope(of: problem)
      let images = try perturb(problem, by: attack, threat: threat).images
      let distances = threat.distances(from: problem.data.images, to: images)
      #expect(distances.allSatisfy { $0 <= 0.3 + 1e-6 })
      for position in problem.data.indices {
        let uphill = slope.map { problem.data.labelList[position] == 0 ? -$0 : $0 }
        let clean = problem.image(position)
        let gain = zip(zip(images[position].doubles, clean), uphill)
          .reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
        let best = Self.greatestGain(from: clean, along: uphill, radius: 0.3)
        #expect(gain <= best + 1e-5)
        #expect(gain >= best * (1 - tolerance), "\(range) \(position) \(gain) \(best)")
      }
    }
  }

  /// The most that ⟨w, x' - x⟩ can be for x' in [0, 1] with ‖x' - x‖ ≤ r: x' = clamp(x + λ w), with
  /// λ by bisection.
  private static func greatestGain(
    from x: [Double], along w: [Double], radius: Double
  ) -> Double {
    func change(_ multiplier: Double) -> [Double] {
      zip(x, w).map { min(max($0 + multiplier * $1, 0), 1) - $0 }
    }
    var (low, high) = (0.0, 1e6)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      let length = change(middle).reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length < radius { low = middle } else { high = middle }
    }
    return zip(change(low), w).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test("random starts are on the ball's surface, drawn apart by sample, attempt, seed and name")
  func starts() throws {
    let problem = try LinearProblem(count: 2, range: 0.4..<0.6)
    let twins = try LabelledImages(
      images: Tensor.full(0.5, [2, 1, 1, 6]), labels: [0, 0], classCount: 2)
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget("0.1"))
      func starts(_ name: String, seed: UInt64, attempt: Int) throws -> [[Double]] {
        let seen = Mutex<Tensor?>(nil)
        let scores = ScoreFunction(name: "watched") { images in
          seen.withLock { $0 = $0 ?? images.detached }
          return problem.classifier.logits(images)
        }
        let attack = APGD(
          name: name, objective: .untargeted(CrossEntropyLoss()), iterations: 1)
        _ = try attack.perturb(
          AttackProblem(twins, scores: scores, threat: threat, seed: seed, attempt: attempt))
        let images = seen.withLock { $0! }
        let distances = threat.distances(from: twins.images, to: images)
        #expect(distances.allSatisfy { abs($0 - 0.1) < 1e-6 })
        return [images[0].doubles, images[1].doubles]
      }
      let all =
        try starts("a", seed: 1, attempt: 0) + starts("a", seed: 1, attempt: 1)
        + starts("a", seed: 2, attempt: 0) + starts("b", seed: 1, attempt: 0)
      #expect(Set(all).count == 8)
      #expect(try starts("a", seed: 1, attempt: 0) == Array(all[0..<2]))
    }
  }

  static let attacks: [APGD] = [
    .crossEntropy.asInTorchattacks, .logitRatio.asInTorchattacks,
    APGD(name: "apgd", objective: .targeted(), iterations: 20),
    APGD(
      name: "apgd", objective: .untargeted(CrossEntropyLoss()), iterations: 20,
      stopsAtSuccess: false),
  ]

  @Test(
    "what happens to a sample does not depend on its batch, bit for bit",
    arguments: [0, 1, 2, 3])
  func batches(number: Int) throws {
    let (classifier, data) = try Self.fiveClasses()
    let order = [29, 3, 11, 4, 0, 17]
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget("0.1"))
      let scores = classifier.scoreFunctions[0]
      func perturb(_ samples: LabelledImages) throws -> Perturbation {
        try Self.attacks[number].perturb(
          AttackProblem(samples, scores: scores, threat: threat, seed: 1, attempt: 0))
      }
      let together = try perturb(data)
      let apart = try perturb(data.subset(order))
      for (row, position) in order.enumerated() {
        #expect(apart.images[row].doubles == together.images[position].doubles)
        #expect(apart.gradients![row] == together.gradients![position])
        #expect(apart.lossRose![row] == together.lossRose![position])
      }
      let alone = try perturb(data.subset([4]))
      #expect(alone.images[0].doubles == together.images[4].doubles)
    }
  }

  @Test("every result is allowed, from images at the edge of [0, 1]; no budget, no change")
  func allowed() throws {
    let generator = RandomGenerator(seed: 5)
    let images = (generator.uniform([30, 1, 2, 3]) * 3 - 1).clamped(to: 0...1)
    let problem = try LinearProblem()
    let data = try LabelledImages(
      images: images, labels: Array(repeating: 0, count: 30), classCount: 2)
    for attack in Self.attacks {
      for norm in attack.norms {
        for budget in ["16/255", "0.5", "0"] {
          let threat = ThreatModel(norm, budget: try Budget(budget))
          let found = try attack.perturb(
            AttackProblem(
              data, scores: problem.classifier.scoreFunctions[0], threat: threat, seed: 1)
          ).images
          let distances = threat.distances(from: images, to: found)
          #expect(distances.allSatisfy { $0 <= threat.epsilon + 1e-6 })
          #expect(found.doubles.allSatisfy { $0 >= 0 && $0 <= 1 })
          if budget == "0" { #expect(found.doubles == images.doubles) }
        }
      }
    }
  }

  @Test("a sample that is misclassified is done, and costs nothing more")
  func stops() throws {
    let (classifier, data) = try Self.fiveClasses()
    let threat = ThreatModel(budget: try Budget("0.1"))
    func run(stops: Bool, isDecisive: Bool = true) throws -> (Perturbation, rows: [Int]) {
      let rows = Mutex<[Int]>([])
      let scores = ScoreFunction(name: "counted") { images in
        rows.withLock { $0.append(images.shape[0]) }
        return classifier.logits(images)
      }
      let attack = APGD(
        name: "apgd", objective: .untargeted(LogitRatioLoss()), iterations: 20,
        stopsAtSuccess: stops)
      let found = try attack.perturb(
        AttackProblem(data, scores: scores, threat: threat, seed: 1, isDecisive: isDecisive))
      return (found, rows.withLock { $0 })
    }
    let (quick, rows) = try run(stops: true)
    let (whole, allRows) = try run(stops: false)
    let (surrogate, surrogateRows) = try run(stops: true, isDecisive: false)
    #expect(allRows == Array(repeating: 30, count: 21))
    #expect(surrogateRows == allRows)
    #expect(rows.count == 21 && rows[0] == 30 && rows == rows.sorted(by: >))
    func isWrong(_ images: Tensor) -> [Bool] {
      zip(classifier.logits(images).argMax(along: 1).integers, data.labelList).map { $0 != $1 }
    }
    let fooled = isWrong(quick.images)
    #expect(fooled == isWrong(whole.images))
    #expect(fooled.contains(true) && fooled.contains(false))
    #expect(rows.last == fooled.count { !$0 })
    for position in 0..<30 {
      let (a, b) = (quick.images[position].doubles, whole.images[position].doubles)
      // A sample that holds out goes the same way to the end.
      if !fooled[position] { #expect(a == b && a == surrogate.images[position].doubles) }
    }
    #expect(quick.lossRose! == Array(repeating: true, count: 30))
  }

  @Test("a surrogate is taken where its loss is greatest, not where it was fooled last")
  func surrogate() throws {
    // Misclassified throughout, most of all at 0.52; the first step goes from 0.5 to 0.6.
    let scores = ScoreFunction(name: "bump") { twoScores(1 - ($0 - 0.52).squared) }
    let data = try LabelledImages(images: .full(0.5, [1, 1]), labels: [0], classCount: 2)
    func reached(isDecisive: Bool, stopsAtSuccess: Bool) throws -> Double {
      try APGD(
        name: "apgd", objective: .untargeted(MarginLoss()), iterations: 1, start: .clean,
        stopsAtSuccess: stopsAtSuccess
      ).perturb(
        AttackProblem(
          data, scores: scores, threat: ThreatModel(budget: try Budget("0.1")),
          isDecisive: isDecisive)
      ).images.item
    }
    #expect(try reached(isDecisive: true, stopsAtSuccess: true) == 0.5)
    #expect(abs(try reached(isDecisive: true, stopsAtSuccess: false) - 0.6) < 1e-6)
    #expect(try reached(isDecisive: false, stopsAtSuccess: true) == 0.5)
    #expect(try reached(isDecisive: false, stopsAtSuccess: false) == 0.5)
  }

  @Test("a flat loss does not rise, and its gradient is told apart by sample")
  func flatLoss() throws {
    // The first pixel, on which nothing depends smoothly, says what the second does: nothing for
    // a sample fooled at once, nothing, or a slope that is no number above 0.55.
    let images = Tensor([Float(0.1), 0.5, 0.2, 0.5, 0.8, 0.5], shape: [3, 2])
    let data = try LabelledImages(images: images, labels: [0, 0, 0], classCount: 2)
    let scores = ScoreFunction(name: "three") { x in
      let (kind, value) = (x.sliced(0..<1, along: 1), x.sliced(1..<2, along: 1))
      let steep = Tensor.select(value .> 0.55, value * 0, value).squareRoot
      let one = Tensor.ones(like: kind)
      let still = Tensor.select(kind .< 0.15, one, -one)
      return twoScores(Tensor.select(kind .< 0.5, still, value * 10 + steep - 20))
    }
    let found = try APGD(
      name: "apgd", objective: .untargeted(LogitRatioLoss()), iterations: 10, start: .clean
    ).perturb(AttackProblem(data, scores: scores, threat: ThreatModel(budget: try Budget("0.1"))))
    #expect(found.lossRose! == [true, false, true])
    #expect(found.gradients!.map(\.startsAtZero) == [true, true, false])
    #expect(found.gradients!.map(\.isFinite) == [true, true, false])
    #expect(found.images[0].doubles == images[0].doubles)
    #expect(found.images[1].doubles == images[1].doubles)
    #expect(found.images.doubles.allSatisfy { $0.isFinite })
  }

  @Test("the ratio loss leads the same way whatever the scale of the scores", arguments: [0, 1])
  func scaleInvariance(kind: Int) throws {
    let (classifier, data) = try Self.fiveClasses()
    let threat = ThreatModel(budget: try Budget("0.1"))
    let attack = APGD(
      name: "apgd", objective: kind == 0 ? .untargeted(LogitRatioLoss()) : .targeted(),
      iterations: 20)
    func images(scale: Double) throws -> Tensor {
      let scores = ScoreFunction(name: "scaled") { classifier.logits($0) * scale }
      return try attack.perturb(AttackProblem(data, scores: scores, threat: threat, attempt: kind))
        .images
    }
    let expected = try images(scale: 1)
    for scale in [1.0 / 1024, 1_048_576] {
      #expect((try images(scale: scale) - expected).magnitude.max().item < 1e-5)
    }
  }

  @Test("scores so large that the cross entropy is 0, with no gradient, hide nothing")
  func maskedCrossEntropy() throws {
    let (classifier, data) = try Self.fiveClasses()
    // Far from the decision, so that masking holds everywhere in the ball.
    let logits = classifier.logits(data.images)
    let sure = data.indices.filter {
      let sorted = logits[$0].doubles.sorted(by: >)
      return sorted[0] - sorted[1] > 1
    }
    let safe = data.subset(sure)
    #expect(safe.count > 3)
    let x = safe.images.differentiable()
    let loss = crossEntropy(logits: classifier.logits(x) * 1e4, labels: safe.labels).sum()
    #expect(gradient(of: loss, wrt: [x])[0].magnitude.max().item == 0)

    let threat = ThreatModel(budget: try Budget("0.02"))
    func run(scale: Double) throws -> Perturbation {
      let scores = ScoreFunction(name: "scaled") { classifier.logits($0) * scale }
      return try APGD.crossEntropy.perturb(AttackProblem(safe, scores: scores, threat: threat))
    }
    let found = try run(scale: 1e4)
    #expect(found.gradients!.allSatisfy { !$0.startsAtZero && $0.isFinite })
    #expect(found.lossRose!.allSatisfy { $0 })
    // Of scaled scores only the runner-up counts: the gradient of the cross entropy is then that
    // of the margin.
    let margin = try APGD(name: "apgd-ce", objective: .untargeted(MarginLoss())).perturb(
      AttackProblem(safe, scores: classifier.scoreFunctions[0], threat: threat))
    #expect((found.images - margin.images).magnitude.max().item < 1e-5)
    #expect((found.images - safe.images).magnitude.samplesMax.allSatisfy { abs($0 - 0.02) < 1e-6 })
  }

  @Test("with two and three classes targets still break all that can be broken", arguments: [2, 3])
  func fewClasses(classes: Int) throws {
    let (classifier, data) = try Self.linearClasses(classes)
    let threat = ThreatModel(budget: try Budget("0.1"))
    #expect(APGD.targeted.attempts(classCount: classes) == classes - 1)
    let scores = classifier.scoreFunctions[0]
    var broken: [Set<Int>] = []
    for attack in [APGD.logitRatio, .targeted] {
      var found: Set<Int> = []
      for attempt in 0..<attack.attempts(classCount: classes) {
        let images = try attack.perturb(
          AttackProblem(data, scores: scores, threat: threat, attempt: attempt)
        ).images
        let predictions = classifier.logits(images).argMax(along: 1).integers
        found.formUnion(data.indices.filter { predictions[$0] != data.labelList[$0] })
      }
      broken.append(found)
    }
    // Each wrong class alone is a problem of two: the worst image is known.
    let exact = data.indices.filter { position in
      let label = data.labelList[position]
      return (0..<classes).contains { other in
        let pair = LinearClassifier(
          weights: [classifier.weights[label], classifier.weights[other]],
          biases: [classifier.biases[label], classifier.biases[other]])
        return other != label
          && pair.worstMargin(data.images[position].doubles, label: 0, epsilon: 0.1) < 0
      }
    }
    #expect(broken[1] == Set(exact))
    // Without targets two classes have one way to go, three may have a worse one.
    #expect(classes == 2 ? broken[0] == broken[1] : broken[0].isSubset(of: broken[1]))
    #expect(broken[0].count > exact.count / 2)
    #expect(exact.count > 0 && exact.count < data.count)
  }

  @Test("an attempt of the targeted attack is for the next class by clean score, per restart")
  func targets() throws {
    let attack = APGD(
      name: "apgd-t", objective: .targeted(classes: 9), restarts: 2, start: .clean)
    #expect(attack.attempts(classCount: 10) == 18)
    #expect(attack.attempts(classCount: 100) == 18)
    #expect(attack.attempts(classCount: 5) == 8)
    #expect(APGD.targeted.attempts(classCount: 10) == 9)
    #expect(APGD.crossEntropy.attempts(classCount: 10) == 1)
    // Five classes, one pixel each; the sample is of class 0, then 3, 1, 4, 2 by score.
    let images = Tensor([Float(0.9), 0.4, 0.2, 0.5, 0.3], shape: [1, 5])
    let data = try LabelledImages(images: images, labels: [0], classCount: 5)
    let scores = ScoreFunction(name: "pixels") { $0 * 1 }
    for (attempt, target) in [3, 3, 1, 1, 4, 4, 2, 2].enumerated() {
      let change =
        try attack.perturb(
          AttackProblem(
            data, scores: scores, threat: ThreatModel(budget: try Budget("0.01")), attempt: attempt)
        ).images - images
      // The target's score alone is raised; others are lowered, or have no part in the loss.
      #expect((1..<5).filter { change[0].doubles[$0] > 0.001 } == [target], "\(attempt)")
    }
  }

  @Test("gradients are means over draws, of true size") func draws() throws {
    // Slopes alternate between (1, 0.1) and (-3, 0.1): the mean points to (-, +).
    let data = try LabelledImages(images: .full(0.5, [1, 2]), labels: [0], classCount: 2)
    let calls = Mutex(0)
    let scores = ScoreFunction(name: "alternating") { x in
      let isOdd = calls.withLock { calls in
        calls += 1
        return calls % 2 == 1
      }
      let first = x.sliced(0..<1, along: 1) * (isOdd ? 1 : -3)
      return twoScores(first + x.sliced(1..<2, along: 1) * 0.1 - 10)
    }
    let attack = APGD(
      name: "apgd", objective: .untargeted(MarginLoss()), iterations: 1, start: .clean, draws: 2)
    #expect(attack.steps == 4)
    let change = try attack.perturb(
      AttackProblem(data, scores: scores, threat: ThreatModel(budget: try Budget("0.1")))
    ).images.doubles
    #expect(calls.withLock { $0 } == 4)
    #expect(abs(change[0] - 0.4) < 1e-6 && abs(change[1] - 0.6) < 1e-6)
  }

  @Test("a loss that is not a number at the start does not count as the best")
  func notANumber() throws {
    let data = try LabelledImages(images: .full(0.5, [1, 1]), labels: [0], classCount: 2)
    let calls = Mutex(0)
    let scores = ScoreFunction(name: "late") { x in
      let isFirst = calls.withLock { calls in
        calls += 1
        return calls == 1
      }
      return twoScores((x - 1) / (isFirst ? 0 : 1) * (isFirst ? 0 : 1))
    }
    let found = try APGD(
      name: "apgd", objective: .untargeted(MarginLoss()), iterations: 10, start: .clean
    ).perturb(AttackProblem(data, scores: scores, threat: ThreatModel(budget: try Budget("0.1"))))
    #expect(abs(found.images.item - 0.6) < 1e-6)
    #expect(found.gradients! == [GradientHealth(startsAtZero: false, isFinite: false)])
  }

  @Test("the catalog's settings in both protocols") func catalog() throws {
    func parameters(_ name: String, _ evaluationProtocol: EvaluationProtocol) throws
      -> [String: String]
    {
      try AttackCatalog.plans(named: name, for: evaluationProtocol)[0].stages[0].attack.parameters
    }
    for (name, loss) in [
      ("apgd-ce", "cross-entropy"), ("apgd-dlr", "dlr"), ("apgd-t", "targeted dlr"),
    ] {
      let strict = try parameters(name, .strict)
      #expect(strict["steps"] == "100" && strict["loss"] == loss && strict["rho"] == "0.75")
      #expect(strict["restarts"] == "1" && strict["start"] == "random")
      #expect(strict["first loss compared with"] == "start")
      let paper = try parameters(name, .paper)
      #expect(paper["steps"] == "10" && paper["first loss compared with"] == "0")
    }
    #expect(try parameters("apgd-t", .strict)["classes"] == "9")
    for name in ["mi-fgsm", "ni-fgsm", "vni-fgsm", "jitter"] {
      let paper = try parameters(name, .paper)
      #expect(paper["steps"] == "10" && paper["step"] == "0.125 epsilon")
      #expect(paper["iterate"] == "last")
      #expect(try parameters(name, .strict)["iterate"] == "best")
    }
  }

  /// 30 images of 6 pixels with a linear classifier of five classes.
  private static func fiveClasses() throws -> (LinearClassifier, LabelledImages) {
    try linearClasses(5)
  }

  private static func linearClasses(
    _ classes: Int
  ) throws -> (LinearClassifier, LabelledImages) {
    let generator = RandomGenerator(seed: 8)
    let weights = (0..<classes).map { _ in generator.normal([6]).doubles }
    let biases = weights.map { -$0.reduce(0, +) / 2 }
    let classifier = LinearClassifier(weights: weights, biases: biases)
    let images = generator.uniform([30, 1, 1, 6])
    let data = try LabelledImages(
      images: images, labels: classifier.logits(images).argMax(along: 1).integers,
      classCount: classes)
    return (classifier, data)
  }

  private static func slope(of problem: LinearProblem) -> [Double] {
    zip(problem.classifier.weights[0], problem.classifier.weights[1]).map { $0 - $1 }
  }

  private func perturb(
    _ problem: LinearProblem, by attack: any Attack, threat: ThreatModel
  ) throws -> Perturbation {
    try attack.perturb(
      AttackProblem(
        problem.data, scores: problem.classifier.scoreFunctions[0], threat: threat, seed: 1))
  }
}

extension Tensor {
  /// The largest element of each sample.
  fileprivate var samplesMax: [Double] { reshaped([shape[0], -1]).max(along: 1).doubles }
}
