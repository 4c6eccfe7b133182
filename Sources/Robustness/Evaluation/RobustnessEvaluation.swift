import Foundation
import NeuralNetworks
import Tensors

/// Measures how robust a classifier is, so that the figure can be believed.
///
/// Accuracy on clean images, on corrupted ones, and under attack. Every attack runs on all samples
/// that are correct clean, so that its own figure means something alone; within it, later stages,
/// score functions and restarts run on the survivors of the earlier ones. As a cascade attacks run
/// on the survivors of all before them, which is the quickest way to the worst case. Every example is
/// classified again by a fresh forward pass and its perturbation measured before it counts. The
/// headline of a threat model is the worst case over all of this, sample by sample.
///
/// ```swift
/// var evaluation = RobustnessEvaluation()
/// evaluation.attacks = try AttackCatalog.plans(named: "standard")
/// evaluation.threats = [ThreatModel(budget: try Budget("8/255"))]
/// let report = try evaluation.run(classifier, on: images).result
/// print(report.threats[0].worstCase.fraction, report.threats[0].worstCase.interval)
/// ```
public struct RobustnessEvaluation {
  /// How examples are made and counted; it is noted in the result.
  public var evaluationProtocol = EvaluationProtocol.strict
  /// The corruptions on which accuracy is measured, each of all samples.
  public var corruptions: [any Corruption] = []
  /// The attacks, in the order in which they are run against each threat model.
  public var attacks: [AttackPlan] = []
  /// Ignored where there are no attacks. Evaluated from the smallest budget on.
  public var threats: [ThreatModel] = []
  /// Whether an attack sees only what the attacks before it, and smaller budgets, have left.
  public var isCascade = false
  /// In which numbers attacks look for examples, each of which is verified in the model's own.
  public var attackPrecision = AttackPrecision.full
  /// Forward passes that an adversarial example has to fool, at least 1: more for random models.
  public var verifications = 1
  /// Where findings are noted as they are made.
  public var journal: (any EvaluationJournal)?
  /// What looks for signs that the figures are not to be believed.
  public var auditRules: [any AuditRule] = AuditCatalog.rules
  /// Samples attacked at once, at least 1; fewer where memory is short. The model is evaluated in
  /// batches of `FixedBatch.rows` whatever this is, or of several of them where that changes no bit, so
  /// that no result depends on it.
  public var batchSize = 128
  /// How many samples are evaluated, from the first on; all where nil.
  public var limit: Int?
  /// The seed of every random draw, together with attack or corruption and sample index.
  public var seed: UInt64 = 0

  /// By which progress tells the time: monotone, in seconds.
  package var clock: () -> Double = { ProcessInfo.processInfo.systemUptime }

  public init() {}

  /// A result with the images behind it.
  public struct Outcome {
    /// The figures, to be written as JSON.
    public let result: EvaluationResult
    /// One set for each threat model, in their order.
    public let examples: [AdversarialExamples]
  }

  /// Evaluates a classifier.
  ///
  /// - Parameters:
  ///   - data: images in [0, 1] with their classes.
  ///   - progress: told after each batch, and within long ones, what is settled and how long the
  ///     rest will take. It may throw to stop the evaluation.
  /// - Throws: `Failure` of kind `invalidOption` for settings that do not go together; what
  ///   the classifier throws; what `progress` throws.
  public func run(
    _ classifier: any Classifier, on data: LabelledImages,
    progress report: (EvaluationProgress) throws -> Void = { _ in }
  ) throws -> Outcome {
    try checkSettings()
    let given = classifier
    let classifier = classifier.inFixedBatches
    let data = limit.map(data.prefix) ?? data
    let threats = attacks.isEmpty ? [] : threats.sorted { $0.epsilon < $1.epsilon }
    return try withoutActuallyEscaping(report) { report in
      let rounds = rounds(of: classifier, on: data, under: threats)
      let ledger = EvaluationLedger(
        rounds,
        attacks: threats.count * attacks.count, images: data.count,
        isCascade: isCascade, now: clock,
        report: report)
      let batches = BatchSizing(size: batchSize)
      let labels = data.labelList
      let clean = try predictions(
        of: classifier, on: data, batches: batches, ledger: ledger)
      let corrupted = try corruptions.map { corruption in
        let predictions = try predictions(
          of: classifier, on: data, corruption: corruption, batches: batches, ledger: ledger)
        return CorruptionResult(
          name: corruption.name, severity: corruption.severity.level,
          accuracy: Self.accuracy(predictions, labels),
          misclassified: labels.indices.filter { predictions[$0] != labels[$0] }
            .map { data.indices[$0] })
      }
      let correct = labels.indices.filter { clean[$0] == labels[$0] }
      ledger.note(correct: correct.count)
      var results: [ThreatResult] = []
      var examples: [AdversarialExamples] = []
      // A trial of larger batches is to cost little beside what the attacks may ask for.
      let passes = correct.count * rounds.reduce(0) { $0 + ($1.threat == nil ? 0 : $1.steps) }
      let isTried =
        correct.count > FixedBatch.rows && passes > 50 * FixedBatchClassifier.trialRows
      let target = isTried ? classifier.widened(trying: data.images) : classifier
      for threat in threats {
        let smaller = results.filter { $0.threat.norm == threat.norm }
        let (result, images) = try attacked(
          target, under: threat, data: data, batches: batches, correct: correct,
          inherited: Set(smaller.flatMap(\.brokenIndices)), ledger: ledger)
        results.append(result)
        examples.append(images)
      }
      var result = EvaluationResult(
        evaluationProtocol: evaluationProtocol, seed: seed, batchSize: batchSize,
        isCascade: isCascade, indices: data.indices, labels: labels, cleanPredictions: clean,
        clean: Self.accuracy(clean, labels), corruptions: corrupted, threats: results)
      let evidence = AuditEvidence(result: result, classifier: given, data: data)
      result.audits = try auditRules.map { try $0.audit(evidence) }
      return Outcome(result: result, examples: examples)
    }
  }

  private func attacked(
    _ classifier: any Classifier, under threat: ThreatModel, data: LabelledImages,
    batches: BatchSizing, correct: [Int], inherited: Set<Int>, ledger: EvaluationLedger
  ) throws -> (ThreatResult, AdversarialExamples) {
    var results: [AttackResult] = []
    var examples = AdversarialExamples(threat: threat)
    var lost = inherited
    for plan in attacks {
      var run = AttackRun(
        plan, threat: threat, of: classifier, in: self, data: data, batches: batches)
      let open = isCascade ? correct.filter { !lost.contains(data.indices[$0]) } : correct
      let result = try run.run(on: open, ledger: ledger)
      results.append(result)
      examples.add(run.found, by: plan.name)
      lost.formUnion(result.unresolved + result.breaks.map(\.index))
    }
    let survivors = correct.map { data.indices[$0] }.filter { !lost.contains($0) }
    let result = ThreatResult(
      threat: threat, attacks: results,
      inherited: inherited.subtracting(results.flatMap { $0.breaks.map(\.index) }).sorted(),
      worstCase: Accuracy(correct: survivors.count, count: data.count), survivors: survivors)
    return (result, examples)
  }

  private func predictions(
    of classifier: any Classifier, on data: LabelledImages, corruption: (any Corruption)? = nil,
    batches: BatchSizing, ledger: EvaluationLedger
  ) throws -> [Int] {
    let unit = corruption.map { "\($0.name)/\($0.severity)" } ?? "clean"
    var known = try corruption == nil ? [:] : journal?.outcomes(of: unit) ?? [:]
    let open = data.indices.indices.filter { known[data.indices[$0]] == nil }
    ledger.begin(images: open.count, batchSize: batches.size)
    try batches.forEach(in: open) { positions in
      ledger.beginBatch(of: positions.count)
      let batch = data.subset(positions)
      let images =
        try corruption?.applied(to: batch.images, indices: batch.indices, seed: seed)
        ?? batch.images
      try ledger.called(rows: positions.count)
      let predictions = try evaluationProtocol.predictions(of: classifier, at: images)
      let outcomes = positions.indices.map { row in
        SampleOutcome(
          index: batch.indices[row],
          status: predictions[row] == batch.labelList[row] ? .correct : .broken,
          prediction: predictions[row])
      }
      if corruption != nil { try journal?.record(outcomes, of: unit) }
      for outcome in outcomes { known[outcome.index] = outcome }
      try ledger.endBatch()
    }
    try ledger.end()
    return data.indices.map { known[$0]!.prediction }
  }

  private static func accuracy(_ predictions: [Int], _ labels: [Int]) -> Accuracy {
    Accuracy(correct: zip(predictions, labels).count(where: ==), count: labels.count)
  }

  /// All that is to be done, in the order in which it will be.
  private func rounds(
    of classifier: any Classifier, on data: LabelledImages, under threats: [ThreatModel]
  ) -> [EvaluationLedger.Round] {
    let clean = EvaluationLedger.Round(name: "clean images", kind: "clean")
    let corrupted = corruptions.map {
      EvaluationLedger.Round(
        name: "\($0.name) at severity \($0.severity.level)", kind: $0.name)
    }
    let attacked = threats.flatMap { threat in attacks.map { (threat, $0) } }.enumerated()
      .flatMap { place, pair in
        AttackRun.rounds(
          of: pair.1, under: pair.0, numbered: place, on: classifier, data: data,
          in: evaluationProtocol)
      }
    return [clean] + corrupted + attacked
  }
}

/// How much of a study of known cost is done, in passes of one sample through the model.
struct PassCount {
  private(set) var done = 0
  let total: Int
  let report: (_ done: Int, _ total: Int) throws -> Void

  mutating func advance(_ passes: Int) throws {
    done += passes
    try report(done, total)
  }
}
