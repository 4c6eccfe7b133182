import ArgumentParser
import Evaluations
import Settings

/// How a changed model is attacked beside the one that it comes from.
struct ComparedAttackOptions: ParsableArguments {
  @Option(help: .init("Their budgets.", valueName: "list"))
  var epsilons = "8/255"

  @Option(help: .init("The first so many test samples are attacked.", valueName: "n"))
  var limit = 200

  func validate() throws { try SettingRange.samples.require("--limit", limit) }

  /// - Parameter attacks: the names that `--attacks` lists.
  func request(attacks: String) throws -> EvaluationRequest {
    try EvaluationRequest(
      corruptions: "none", attacks: attacks, epsilons: epsilons, limit: limit)
  }
}
