import Evaluations
import Failures
import Robustness
import Testing

@Suite("Requests for certificates")
struct CertificationRequestTests {
  @Test("Smoothing is only done where it is asked for")
  func defaults() throws {
    let request = try CertificationRequest()
    #expect(request.certificates == [.paper, .lipschitz, .cells, .invariance] && request.isLenient)
    let all = try CertificationRequest(certificates: "all")
    #expect(
      all.certificates == [.paper, .lipschitz, .cells, .invariance, .smoothing] && all.isLenient)
    let named = try CertificationRequest(certificates: "smoothing,paper")
    #expect(named.certificates == [.paper, .smoothing] && !named.isLenient)
  }

  @Test("Smoothing's numbers are passed on")
  func smoothing() throws {
    let request = try CertificationRequest(
      batchSize: 7, deviation: 0.5, draws: 300, failure: 0.01, seed: 3)
    #expect(
      request.smoothing
        == (try RandomizedSmoothing(
          deviation: 0.5, draws: 300, failure: 0.01, batchSize: 7, seed: 3)))
  }

  @Test(
    "What is not understood is refused before anything is computed",
    arguments: [
      (
        "lip",
        "certificate: expected one of paper, lipschitz, cells, invariance, smoothing, found 'lip'. "
          + "Separate names by commas. Lists have names too: all."
      ),
      (
        "",
        "certificate: expected one of paper, lipschitz, cells, invariance, smoothing, found ''. "
          + "Separate names by commas. Lists have names too: all."
      ),
    ])
  func unknown(_ names: String, _ message: String) {
    let error = #expect(throws: Failure.self) {
      _ = try CertificationRequest(certificates: names)
    }
    #expect(error?.description == message)
    #expect(throws: Failure.self) { _ = try CertificationRequest(deviation: -1) }
    #expect(throws: Failure.self) { _ = try CertificationRequest(radii: "0,x") }
  }
}
