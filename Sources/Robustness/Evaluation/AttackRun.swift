import NeuralNetworks
import Tensors

/// One plan under one threat model: every stage, score function and attempt, each on the samples
/// that survived those before, each result verified and noted in the journal.
struct AttackRun {
  let plan: AttackPlan
  let threat: ThreatModel
  let classifier: any Classifier
  let evaluationProtocol: EvaluationProtocol
  let verifier: ExampleVerifier
  let data: LabelledImages
  let batches: BatchSizing
  let seed: UInt64
  let attackPrecision: AttackPrecision
  let journal: (any EvaluationJournal)?

  private(set) var found: [(sample: Break, image: Tensor)] = []
  /// Positions of samples with a gradient that was not finite, or with one that was not 0.
  private var nonFinite: Set<Int> = []
  private var pushed: Set<Int> = []

  init(
    _ plan: AttackPlan, threat: ThreatModel, of classifier: any Classifier,
    in evaluation: RobustnessEvaluation, data: LabelledImages, batches: BatchSizing
  ) {
    self.plan = plan
    self.threat = threat
    self.classifier = classifier
    evaluationProtocol = evaluation.evaluationProtocol
    verifier = ExampleVerifier(
      classifier, threat: threat, evaluationProtocol: evaluationProtocol,
      repetitions: evaluation.verifications)
    self.data = data
    self.batches = batches
    seed = evaluation.seed
    attackPrecision = evaluation.attackPrecision
    journal = evaluation.journal
  }

  /// Attacks the samples at `positions`, all of which are classified correctly.
  mutating func run(on positions: [Int], ledger: EvaluationLedger) throws -> AttackResult {
    var alive = positions
    var effort = 0
    try ledger.settle(data.count - positions.count)
    let stages = try plan.stages(in: threat.norm, for: data.sampleShape).enumerated().map {
      place, stage in
      let attempts = stage.attack.attempts(classCount: classifier.classCount)
      effort += attempts * stage.attack.steps
      let functions = try stage.scores.targets(of: classifier, in: evaluationProtocol).map {
        target in
        var tally = Tally(attacked: alive.count)
        let exact = ledger.timing(target.scores)
        let scores = attackPrecision.scores(exact)
        var next = 0
        while next < attempts {
          let group = next..<min(attempts, next + attemptsAtOnce(next, at: alive.count))
          next = group.upperBound
          let units = group.map {
            "\(threat)/\(plan.name)/\(place) \(stage.attack.name)/\(target.scores.name)/\($0)"
              + (attackPrecision == .full ? "" : "/\(attackPrecision)")
          }
          let outcomes = try self.outcomes(
            of: units, on: alive, ledger: ledger, stage, exact: target.isDecisive ? exact : nil
          ) {
            AttackProblem(
              $0, scores: scores, threat: threat, seed: seed,
              attempts: $1.map { group.lowerBound + $0 }, isDecisive: target.isDecisive)
          }
          for (attempt, outcomes) in zip(group, outcomes) {
            let attacked = alive
            alive.removeAll { position in
              let outcome = outcomes[data.indices[position]]!
              note(outcome, at: position, in: &tally)
              guard outcome.status == .broken else { return false }
              found.append(
                (
                  Break(
                    outcome, label: labels[position], attack: stage.attack.name,
                    scoreFunction: target.scores.name, attempt: attempt),
                  outcome.image ?? data.images[position]
                ))
              return true
            }
            try ledger.noteBroken(Set(attacked).subtracting(alive))
            try ledger.end()
          }
        }
        return tally.result(named: target.scores.name, isDecisive: target.isDecisive)
      }
      return StageResult(stage, precision: attackPrecision, scoreFunctions: functions)
    }
    try ledger.settle(alive.count)
    return result(survivors: alive, stages: stages, effort: effort)
  }

  /// The rounds of a run, in their order.
  ///
  /// - Parameter number: sets attack and budget apart from others.
  static func rounds(
    of plan: AttackPlan, under threat: ThreatModel, numbered number: Int,
    on classifier: any Classifier, data: LabelledImages, in evaluationProtocol: EvaluationProtocol
  ) -> [EvaluationLedger.Round] {
    var rounds = plan.stages(in: threat.norm, for: data.sampleShape).flatMap { stage in
      let attack = stage.attack
      let name = attack.name == plan.name ? plan.name : "\(plan.name)/\(attack.name)"
      return stage.scores.targets(of: classifier, in: evaluationProtocol).flatMap { target in
        let round = EvaluationLedger.Round(
          name: name, threat: threat, kind: "\(attack.name) on \(target.scores.name)",
          usesGradients: attack.usesGradients, steps: attack.steps, attack: number)
        let attempts = attack.attempts(classCount: classifier.classCount)
        return (0..<attempts).map { attempt in
          var round = round
          round.sideBySide = attempt == 0 ? 1 : attempts - 1
          return round
        }
      }
    }
    if !rounds.isEmpty { rounds[0].isFirst = true }
    return rounds
  }

  private var labels: [Int] { data.labelList }

  /// How many attempts are made side by side, as many as fill a batch: a call for a few images
  /// costs little less than one for many. The first is by itself, because it breaks most of what
  /// breaks; what others take too many is dropped.
  private func attemptsAtOnce(_ next: Int, at alive: Int) -> Int {
    next == 0 ? 1 : max(1, batches.size / max(alive, 1))
  }

  /// What units, the same attack at attempts in a row, did to each of the samples at `positions`,
  /// by data set index: as noted, or by attacking them now.
  ///
  /// - Parameters:
  ///   - exact: the scores in full precision, if they decide as the model does.
  ///   - problem: of samples, and of the unit of each.
  private func outcomes(
    of units: [String], on positions: [Int], ledger: EvaluationLedger,
    _ stage: AttackPlan.Stage, exact: ScoreFunction?,
    problem: (LabelledImages, [Int]) -> AttackProblem
  ) throws -> [[Int: SampleOutcome]] {
    var outcomes = try units.map { try journal?.outcomes(of: $0) ?? [:] }
    let open = units.indices.flatMap { unit in
      positions.filter { outcomes[unit][data.indices[$0]] == nil }.map { (unit: unit, at: $0) }
    }
    ledger.begin(images: open.count, sideBySide: units.count, batchSize: batches.size)
    try batches.forEach(in: Array(open.indices)) { rows in
      ledger.beginBatch(of: rows.count)
      let batch = rows.map { open[$0] }
      let new = try attempt(
        stage.attack, problem(data.subset(batch.map(\.at)), batch.map(\.unit)), exact: exact)
      for (unit, rows) in Dictionary(grouping: rows.indices, by: { batch[$0].unit }) {
        let found = rows.map { new[$0] }
        try journal?.record(found, of: units[unit])
        for outcome in found { outcomes[unit][outcome.index] = outcome }
      }
      try ledger.endBatch(isWhole: new.contains { $0.status == .correct })
    }
    return outcomes
  }

  /// One attempt on one batch, verified.
  ///
  /// - Parameter exact: the scores in full precision, to try again where lower precision was fooled and
  ///   the model is not: an attack gives up a sample that it believes broken.
  private func attempt(
    _ attack: any Attack, _ problem: AttackProblem, exact: ScoreFunction?
  ) throws -> [SampleOutcome] {
    let samples = problem.samples
    let perturbation = try attack.perturb(problem)
    precondition(
      perturbation.images.shape == samples.images.shape,
      "\(attack.name) made \(perturbation.images.shape) of \(samples.images.shape)")
    let images = perturbation.images.detached
    let verdicts = try verifier.verdicts(on: images, originals: samples)
    var outcomes = verdicts.enumerated().map { row, verdict in
      SampleOutcome(
        index: samples.indices[row], status: verdict.status, prediction: verdict.prediction,
        distance: verdict.distance, gradient: perturbation.gradients?[row],
        // A copy, so that an image does not keep its batch in memory.
        image: verdict.status == .broken ? images.samples(at: [row])[0].to(.cpu) : nil)
    }
    if attackPrecision != .full, let exact {
      let standing = outcomes.indices.filter { outcomes[$0].status == .correct }
      if standing.isEmpty { return outcomes }
      let believed = try LossGradient.margins(
        of: problem.scores, at: images.samples(at: standing),
        labels: samples.labels.samples(at: standing)
      ).doubles
      let disputed = zip(standing, believed).filter { $1 > 0 }.map { $0.0 }
      if disputed.isEmpty { return outcomes }
      let again = try attempt(attack, problem.subset(disputed, scores: exact), exact: nil)
      for (row, outcome) in zip(disputed, again) { outcomes[row] = outcome }
    }
    return outcomes
  }

  private mutating func note(_ outcome: SampleOutcome, at position: Int, in tally: inout Tally) {
    if let gradient = outcome.gradient {
      if gradient.startsAtZero { tally.zero.insert(position) } else { pushed.insert(position) }
      if !gradient.isFinite {
        tally.nonFinite.insert(position)
        nonFinite.insert(position)
      }
    } else {
      pushed.insert(position)
    }
    switch outcome.status {
    case .broken: tally.broken += 1
    case .infeasible: tally.infeasible.insert(position)
    case .correct: break
    }
  }

  private func result(survivors: [Int], stages: [StageResult], effort: Int) -> AttackResult {
    let unresolved = survivors.filter(nonFinite.contains)
    let unattacked = survivors.filter { !pushed.contains($0) && !nonFinite.contains($0) }
    return AttackResult(
      name: plan.name, reference: plan.reference, effort: effort,
      accuracy: Accuracy(correct: survivors.count - unresolved.count, count: data.count),
      stages: stages, breaks: found.map(\.sample).sorted { $0.index < $1.index },
      unresolved: unresolved.map { data.indices[$0] }.sorted(),
      unattacked: unattacked.map { data.indices[$0] }.sorted())
  }
}

extension Break {
  fileprivate init(
    _ outcome: SampleOutcome, label: Int, attack: String, scoreFunction: String, attempt: Int
  ) {
    self.init(
      index: outcome.index, label: label, prediction: outcome.prediction, attack: attack,
      scoreFunction: scoreFunction, attempt: attempt, distance: outcome.distance)
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

  func result(named name: String, isDecisive: Bool) -> ScoreFunctionResult {
    ScoreFunctionResult(
      name: name, isDecisive: isDecisive, attacked: attacked, broken: broken,
      zeroGradients: zero.count, nonFiniteGradients: nonFinite.count,
      infeasible: infeasible.count)
  }
}
