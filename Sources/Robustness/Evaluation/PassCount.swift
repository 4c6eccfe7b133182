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
