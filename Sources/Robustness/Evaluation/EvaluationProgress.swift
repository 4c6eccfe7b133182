/// How much of an evaluation is done, in passes of one sample through the model.
///
/// Samples that break early save the passes planned for them; these count as done at that moment.
struct EvaluationProgress {
  private(set) var done = 0
  let total: Int
  let report: (_ done: Int, _ total: Int) throws -> Void

  mutating func advance(_ passes: Int) throws {
    done += passes
    try report(done, total)
  }
}
