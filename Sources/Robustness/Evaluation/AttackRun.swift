import NeuralNetworks
import Tensors

/// One attack under one threat model: every score function, every attempt, each on the samples that
/// survived those before, each result verified.
struct AttackRun {
  let attack: any Attack
  let threat: ThreatModel
  let verifier: ExampleVerifier
  let scoreFunctions: [ScoreFunction]
  let data: LabelledImages
  let batchSize: Int
  let seed: UInt64

  private(set) var functions: [ScoreFunctionResult] = []
  private(set) var found: [(sample: Break, image: Tensor)] = []
  /// Positions of samples with a gradient that was not finite, or with one that was not 0.
  private var nonFinite: Set<Int> = []
  private var pushed: Set<Int> = []

  init(
    _ attack: any Attack, threat: ThreatModel, verifier: ExampleVerifier,
    scoreFunctions: [ScoreFunction], data: LabelledImages, batchSize: Int, seed: UInt64
  ) {
    self.attack = attack
    self.threat = threat
    self.verifier = verifier
    self.scoreFunctions = scoreFunctions
    self.data = data
    self.batchSize = batchSize
    self.seed = seed
  }

  /// Attacks the samples at `positions`, all of which are classified correctly.
  mutating func run(on positions: [Int], progress: inout EvaluationProgress) throws -> AttackResult
  {
    var alive = positions
    var attemptsLeft = scoreFunctions.count * attack.attempts
    try progress.advance((data.count - positions.count) * attemptsLeft * attack.steps)
    for scores in scoreFunctions {
      var tally = Tally(attacked: alive.count)
      for attempt in 0..<attack.attempts {
        attemptsLeft -= 1
        var survivors: [Int] = []
        for start in stride(from: 0, to: alive.count, by: batchSize) {
          let batch = Array(alive[start..<min(start + batchSize, alive.count)])
          let left = try self.attempt(attempt, scores: scores, on: batch, tally: &tally)
          survivors += left
          let saved = (batch.count - left.count) * attemptsLeft
          try progress.advance((batch.count + saved) * attack.steps)
        }
        alive = survivors
      }
      functions.append(tally.result(named: scores.name))
    }
    return result(survivors: alive)
  }

  /// One attempt on one batch; returns the positions that are still correct.
  private mutating func attempt(
    _ attempt: Int, scores: ScoreFunction, on batch: [Int], tally: inout Tally
  ) throws -> [Int] {
    let samples = data.subset(batch)
    let perturbation = try attack.perturb(
      samples, scores: scores, threat: threat, seed: seed, attempt: attempt)
    precondition(
      perturbation.images.shape == samples.images.shape,
      "\(attack.name) made \(perturbation.images.shape) of \(samples.images.shape)")
    let images = perturbation.images.detached
    let verdicts = try verifier.verdicts(on: images, originals: samples)
    let labels = samples.labels.integers
    var survivors: [Int] = []
    for (row, position) in batch.enumerated() {
      if let gradient = perturbation.gradients?[row] {
        if gradient.startsAtZero { tally.zero.insert(position) } else { pushed.insert(position) }
        if !gradient.isFinite {
          tally.nonFinite.insert(position)
          nonFinite.insert(position)
        }
      } else {
        pushed.insert(position)
      }
      switch verdicts[row] {
      case .broken(let prediction, let distance):
        tally.broken += 1
        let sample = Break(
          index: samples.indices[row], label: labels[row], prediction: prediction,
          scoreFunction: scores.name, attempt: attempt, distance: distance)
        // A copy, so that an image does not keep its batch in memory.
        found.append((sample, images.samples(at: [row])[0].to(.cpu)))
      case .infeasible:
        tally.infeasible.insert(position)
        survivors.append(position)
      case .correct:
        survivors.append(position)
      }
    }
    return survivors
  }

  private func result(survivors: [Int]) -> AttackResult {
    let unresolved = survivors.filter(nonFinite.contains)
    let unattacked = survivors.filter { !pushed.contains($0) && !nonFinite.contains($0) }
    return AttackResult(
      name: attack.name, reference: attack.reference, parameters: attack.parameters,
      effort: attack.steps * attack.attempts,
      accuracy: Accuracy(correct: survivors.count - unresolved.count, count: data.count),
      scoreFunctions: functions,
      breaks: found.map(\.sample).sorted { $0.index < $1.index },
      unresolved: unresolved.map { data.indices[$0] }.sorted(),
      unattacked: unattacked.map { data.indices[$0] }.sorted())
  }
}

/// What happens through one score function; a sample counts once, however many attempts.
private struct Tally {
  let attacked: Int
  var broken = 0
  var zero: Set<Int> = []
  var nonFinite: Set<Int> = []
  var infeasible: Set<Int> = []

  init(attacked: Int) { self.attacked = attacked }

  func result(named name: String) -> ScoreFunctionResult {
    var result = ScoreFunctionResult(name: name)
    result.attacked = attacked
    result.broken = broken
    result.zeroGradients = zero.count
    result.nonFiniteGradients = nonFinite.count
    result.infeasible = infeasible.count
    return result
  }
}
