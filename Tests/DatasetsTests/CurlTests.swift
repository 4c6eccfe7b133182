import Datasets
import Testing

@Suite("Curl")
struct CurlTests {
  @Test(
    "each exit code has its consequence",
    arguments: [
      (0, 200, .complete), (0, 206, .complete),
      (22, 404, .refused), (22, 403, .refused), (22, 416, .restart), (33, 200, .restart),
      (22, 429, .retry), (22, 503, .retry), (6, 0, .unreachable), (7, 0, .unreachable),
      (18, 200, .retry), (28, 0, .unreachable), (28, 200, .retry),
      (23, 200, .unwritable), (60, 0, .refused), (63, 200, .refused),
    ] as [(Int32, Int, Curl.Outcome.Verdict)])
  func verdicts(exitCode: Int32, httpStatus: Int, verdict: Curl.Outcome.Verdict) {
    let outcome = Curl.outcome(exitCode: exitCode, httpStatus: httpStatus, message: "")
    #expect(outcome.verdict == verdict)
    let summary = exitCode == 22 ? "HTTP status \(httpStatus)" : "curl exit code \(exitCode)"
    #expect(outcome.summary == summary)
  }

  @Test("curl's own words are passed on")
  func words() {
    let message = "curl: (60) certificate expired"
    let outcome = Curl.outcome(exitCode: 60, httpStatus: 0, message: message)
    #expect(outcome.summary == message)
  }
}
