import Failures
import NeuralNetworks
import Tensors

/// What published attacks report if they are given normalised images and clamp them to [0, 1].
///
/// Published attack code works on pixels in [0, 1] and ends each step with a clamp to that range.
/// Handed z = (x - mean) / deviation without being told, it still clamps to [0, 1], which destroys
/// every value outside whatever the budget is, and its ε counts deviations instead of the pixel
/// range. Accuracy "under attack" is then mostly that of a classifier on damaged images.
///
/// This is a test of a suspicion about published figures, never a robustness figure: it counts
/// z' that no attacker of the model could make, and its constants leave weaker attacks than the
/// same attacks in [0, 1], which stand beside it for comparison. All samples are attacked, also
/// those that are wrong clean, through the logits, with the settings that the Zubov-Net paper
/// states (section IV-A: 10 steps of ε/8); what is returned last is classified as it is.
///
/// Deviations from torchattacks 3.5.1: draws depend on the seed and the sample; the gradient of the
/// cross entropy keeps its sign where the softmax saturates.
public struct MisplacedClampStudy: Sendable {
  /// How z is made of x.
  public var normalization: InputNormalization
  /// In units of [0, 1] there and of z here; also the radius of the attacks in L2, which is next to
  /// nothing there.
  public var budgets: [Budget]
  /// Samples at once, at least 1.
  public var batchSize = 128
  /// How many samples are evaluated, from the first on; all where nil.
  public var limit: Int?
  /// Of every random draw, together with attack and sample index.
  public var seed: UInt64 = 0

  public init(normalization: InputNormalization, budgets: [Budget]) {
    self.normalization = normalization
    self.budgets = budgets
  }

  /// An attack with the way its figure is counted.
  private struct Trial {
    let attack: any Attack
    let norm: ThreatModel.Norm
    /// Whether a sample has to be right clean as well: APGD leaves alone what is wrong clean and
    /// returns the clean image of what it cannot fool.
    var countsCleanErrors = false
  }

  private static var trials: [Trial] {
    let autoPGD = APGD(
      name: "apgd-ce", objective: .untargeted(CrossEntropyLoss()), iterations: 10,
      comparesFirstLossWithZero: true)
    return [
      Trial(attack: FGSM(), norm: .linf),
      Trial(attack: SequentiallyClippedBIM(), norm: .linf),
      Trial(attack: PGD.paper, norm: .linf),
      Trial(attack: PGD.paper, norm: .l2),
      Trial(attack: autoPGD, norm: .linf, countsCleanErrors: true),
      Trial(attack: autoPGD, norm: .l2, countsCleanErrors: true),
      Trial(attack: Jitter.paper, norm: .linf),
    ]
  }

  /// Runs every attack in both spaces.
  ///
  /// - Parameters:
  ///   - data: images in [0, 1] with their classes.
  ///   - progress: told how many of all passes of one sample through the model are done. It may
  ///     throw to stop.
  /// - Throws: `Failure` of kind `invalidOption` for a batch size or limit below 1 or a
  ///   normalisation of other channels; what the classifier or `progress` throws.
  public func run(
    _ classifier: any Classifier, on data: LabelledImages,
    progress report: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> MisplacedClampResult {
    try check(data)
    let classifier = classifier.inFixedBatches
    let data = limit.map(data.prefix) ?? data
    let trials = Self.trials
    let passes = 3 + 2 * budgets.count * trials.reduce(0) { $0 + $1.attack.steps + 1 }
    return try withoutActuallyEscaping(report) { report in
      var progress = PassCount(total: passes * data.count, report: report)
      let pixels = Space(classifier, data, normalization: nil)
      let tensors = Space(classifier, data, normalization: normalization)

      let outside = (tensors.images .< 0) .| (tensors.images .> 1)
      let clean = try (
        pixels: right(pixels, progress: &progress) { $0.images },
        tensors: right(tensors, progress: &progress) { $0.images }
      )
      let clamped = try right(tensors, progress: &progress) { $0.images.clamped(to: 0...1) }
      var attacks: [MisplacedClampResult.Attack] = []
      for trial in trials {
        for budget in budgets.sorted() {
          let threat = ThreatModel(trial.norm, budget: budget)
          func accuracy(_ space: Space, clean: [Bool]) throws -> Accuracy {
            let found = try right(space, progress: &progress, passes: trial.attack.steps + 1) {
              try trial.attack.perturb(
                AttackProblem($0, scores: space.scores, threat: threat, seed: seed)
              ).images
            }
            return Accuracy(
              trial.countsCleanErrors ? zip(found, clean).map { $0 && $1 } : found)
          }
          attacks.append(
            .init(
              name: trial.attack.name, parameters: trial.attack.parameters, threat: threat,
              normalized: try accuracy(tensors, clean: clean.tensors),
              pixels: try accuracy(pixels, clean: clean.pixels)))
        }
      }
      return MisplacedClampResult(
        normalization: normalization, seed: seed, clean: Accuracy(clean.pixels),
        clampAlone: Accuracy(clamped), clampedShare: outside.to(.float64).mean().item,
        attacks: attacks)
    }
  }

  /// Whether each sample is classified correctly on what `change` makes of it.
  private func right(
    _ space: Space, progress: inout PassCount, passes: Int = 1,
    _ change: (LabelledImages) throws -> Tensor
  ) throws -> [Bool] {
    var right: [Bool] = []
    try BatchSizing(size: batchSize).forEach(in: Array(0..<space.samples.count)) { positions in
      let batch = space.samples.subset(positions)
      let changed = try change(batch).detached
      let predictions = try withoutGradients {
        try space.scores.scores(changed).argMax(along: 1).integers
      }
      right += zip(predictions, batch.labelList).map(==)
      try progress.advance(passes * positions.count)
    }
    return right
  }

  private func check(_ data: LabelledImages) throws(Failure) {
    func error(_ location: String, _ expected: String, _ found: String) -> Failure {
      Failure(
        .invalidOption, at: location, expected: expected, found: found,
        remedy: "Correct it and try again.")
    }
    if batchSize < 1 { throw error("batch size", "at least 1", "\(batchSize)") }
    if let limit, limit < 1 { throw error("limit", "at least 1 sample", "\(limit)") }
    let channels = data.images.shape[1]
    guard normalization.mean.count == channels else {
      throw error(
        "normalisation", "a mean and a deviation for each of \(channels) channels",
        "\(normalization.mean.count)")
    }
  }
}

/// Where attacks work: on pixels, or on normalised images.
private struct Space {
  let samples: LabelledImages
  let scores: ScoreFunction

  /// - Parameter normalization: nil for pixels.
  init(_ classifier: any Classifier, _ data: LabelledImages, normalization: InputNormalization?) {
    guard let normalization else {
      samples = data
      scores = ScoreFunction(name: "logits", scores: classifier.logits)
      return
    }
    samples = LabelledImages(
      unchecked: normalization(data.images), labels: data.labelList, indices: data.indices)
    scores = ScoreFunction(name: "logits of normalised images") {
      try classifier.logits(normalization.inverse($0))
    }
  }

  var images: Tensor { samples.images }
}

extension Accuracy {
  fileprivate init(_ right: [Bool]) {
    self.init(correct: right.count { $0 }, count: right.count)
  }
}
