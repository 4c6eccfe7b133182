/// Evaluations of fields by all solutions on a thread, wherever they are computed.
final class EvaluationTally: @unchecked Sendable {
  @TaskLocal static var current: EvaluationTally?

  var count = 0
}

/// Runs `body`, and counts how often the solutions within it evaluate their fields: the cost of a
/// model that does not show its solutions.
package func countingEvaluations<Result>(
  _ body: () throws -> Result
) rethrows -> (result: Result, evaluations: Int) {
  let tally = EvaluationTally()
  let result = try EvaluationTally.$current.withValue(tally, operation: body)
  return (result, tally.count)
}
