import Datasets
import Robustness

/// What is to be measured of a run, as the user wrote it.
public struct EvaluationRequest {
  public var split = DataSplit.test
  public var evaluation: RobustnessEvaluation

  /// Reads the names and numbers of a request.
  ///
  /// - Parameters:
  ///   - corruptions: `all`, `none` or names separated by commas.
  ///   - severities: `all` or numbers from 1 to 5 separated by commas.
  ///   - attacks: `standard`, `adaptive`, `none` or names separated by commas.
  ///   - epsilons: budgets such as `8/255,0.1`.
  ///   - limit: how many samples, from the first on; all where nil.
  /// - Throws: `RobustnessError`.
  public init(
    corruptions: String = "all", severities: String = "all", attacks: String = "standard",
    epsilons: String = "8/255", evaluationProtocol: EvaluationProtocol = .strict,
    limit: Int? = nil, batchSize: Int = 128, seed: UInt64 = 0
  ) throws(RobustnessError) {
    evaluation = RobustnessEvaluation()
    evaluation.evaluationProtocol = evaluationProtocol
    evaluation.corruptions = try CorruptionCatalog.corruptions(
      named: corruptions, severities: Self.severities(severities))
    evaluation.attacks = try AttackCatalog.plans(named: attacks, for: evaluationProtocol)
    evaluation.threats = try Budget.list(epsilons).map { ThreatModel(budget: $0) }
    evaluation.batchSize = batchSize
    evaluation.limit = limit
    evaluation.seed = seed
  }

  private static func severities(_ text: String) throws(RobustnessError) -> [Severity] {
    if text == "all" { return Severity.all }
    var severities: [Severity] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let level = Int(part) else {
        throw RobustnessError(
          .invalidOption, at: "severities", expected: "all, or numbers from 1 to 5",
          found: "'\(text)'", remedy: "Separate numbers by commas, as in 1,3,5.")
      }
      let severity = try Severity(level)
      if !severities.contains(severity) { severities.append(severity) }
    }
    return severities
  }
}
