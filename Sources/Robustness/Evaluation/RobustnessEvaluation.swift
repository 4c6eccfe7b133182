import NeuralNetworks
import Tensors

/// Measures how robust a classifier is, so that the figure can be believed.
///
/// Accuracy on clean images, on corrupted ones, and under attack. Every attack runs on all samples
/// that are correct clean, so that its own figure means something alone; within it, later score
/// functions and restarts run on the survivors of the earlier ones. Every adversarial example is
/// classified again by a fresh forward pass and its perturbation measured before it counts. The
/// headline of a threat model is the worst case over all of this, sample by sample.
///
/// ```swift
/// var evaluation = RobustnessEvaluation()
/// evaluation.attacks = try AttackCatalog.attacks(named: "standard")
/// evaluation.threats = [ThreatModel(budget: try Budget("8/255"))]
/// let report = try evaluation.run(classifier, on: images).result
/// print(report.threats[0].worstCase.fraction, report.threats[0].worstCase.interval)
/// ```
public struct RobustnessEvaluation {
  public var evaluationProtocol = EvaluationProtocol.strict
  public var corruptions: [any Corruption] = []
  public var attacks: [any Attack] = []
  /// Ignored where there are no attacks.
  public var threats: [ThreatModel] = []
  public var auditRules: [any AuditRule] = AuditCatalog.rules
  /// Samples evaluated at once, at least 1.
  public var batchSize = 128
  /// How many samples are evaluated, from the first on; all where nil.
  public var limit: Int?
  /// The seed of every random draw, together with attack or corruption and sample index.
  public var seed: UInt64 = 0

  public init() {}

  /// A result with the images behind it.
  public struct Outcome {
    public let result: EvaluationResult
    /// One set for each threat model, in their order.
    public let examples: [AdversarialExamples]
  }

  /// Evaluates a classifier.
  ///
  /// - Parameters:
  ///   - data: images in [0, 1] with their classes.
  ///   - progress: told after each batch how many of all passes through the model are done. It may
  ///     throw to stop the evaluation.
  /// - Throws: `RobustnessError` of kind `invalidOption` for settings that do not go together; what
  ///   the classifier throws; what `progress` throws.
  public func run(
    _ classifier: any Classifier, on data: LabelledImages,
    progress report: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> Outcome {
    try checkSettings()
    let data = limit.map(data.prefix) ?? data
    let functions = evaluationProtocol.scoreFunctions(of: classifier)
    return try withoutActuallyEscaping(report) { report in
      var progress = EvaluationProgress(
        total: plannedPasses(for: data, scoreFunctions: functions.count), report: report)
      let labels = data.labels.integers
      let clean = try predictions(of: classifier, on: data, progress: &progress)
      let corrupted = try corruptions.map { corruption in
        let predictions = try predictions(
          of: classifier, on: data, corruption: corruption, progress: &progress)
        return CorruptionResult(
          name: corruption.name, severity: corruption.severity.level,
          accuracy: Self.accuracy(predictions, labels))
      }
      let correct = labels.indices.filter { clean[$0] == labels[$0] }
      var results: [ThreatResult] = []
      var examples: [AdversarialExamples] = []
      for threat in attacks.isEmpty ? [] : threats {
        let (result, images) = try attacked(
          classifier, under: threat, scoreFunctions: functions, data: data, correct: correct,
          progress: &progress)
        results.append(result)
        examples.append(images)
      }
      var result = EvaluationResult(
        evaluationProtocol: evaluationProtocol, seed: seed, batchSize: batchSize,
        indices: data.indices, labels: labels, cleanPredictions: clean,
        clean: Self.accuracy(clean, labels), corruptions: corrupted, threats: results)
      let evidence = AuditEvidence(result: result, classifier: classifier, data: data)
      result.audits = try auditRules.map { try $0.audit(evidence) }
      return Outcome(result: result, examples: examples)
    }
  }

  private func attacked(
    _ classifier: any Classifier, under threat: ThreatModel, scoreFunctions: [ScoreFunction],
    data: LabelledImages, correct: [Int], progress: inout EvaluationProgress
  ) throws -> (ThreatResult, AdversarialExamples) {
    let verifier = ExampleVerifier(
      classifier, threat: threat, evaluationProtocol: evaluationProtocol)
    var results: [AttackResult] = []
    var examples = AdversarialExamples(threat: threat)
    for attack in attacks {
      var run = AttackRun(
        attack, threat: threat, verifier: verifier, scoreFunctions: scoreFunctions, data: data,
        batchSize: batchSize, seed: seed)
      results.append(try run.run(on: correct, progress: &progress))
      examples.add(run.found, by: attack.name)
    }
    let lost = Set(results.flatMap { $0.unresolved + $0.breaks.map(\.index) })
    let survivors = correct.map { data.indices[$0] }.filter { !lost.contains($0) }
    let result = ThreatResult(
      threat: threat, attacks: results,
      worstCase: Accuracy(correct: survivors.count, count: data.count), survivors: survivors)
    return (result, examples)
  }

  private func predictions(
    of classifier: any Classifier, on data: LabelledImages, corruption: (any Corruption)? = nil,
    progress: inout EvaluationProgress
  ) throws -> [Int] {
    var predictions: [Int] = []
    for start in stride(from: 0, to: data.count, by: batchSize) {
      let batch = data.subset(Array(start..<min(start + batchSize, data.count)))
      let images =
        corruption?.applied(to: batch.images, indices: batch.indices, seed: seed) ?? batch.images
      predictions += try evaluationProtocol.predictions(of: classifier, at: images)
      try progress.advance(batch.count)
    }
    return predictions
  }

  private static func accuracy(_ predictions: [Int], _ labels: [Int]) -> Accuracy {
    Accuracy(correct: zip(predictions, labels).count(where: ==), count: labels.count)
  }

  private func plannedPasses(for data: LabelledImages, scoreFunctions: Int) -> Int {
    let attackPasses = attacks.map { $0.steps * $0.attempts * scoreFunctions }.reduce(0, +)
    return data.count * (1 + corruptions.count + threats.count * attackPasses)
  }
}
