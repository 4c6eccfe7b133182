import Datasets
import TestSupport
import Testing

@Suite("LabelledSamples")
struct LabelledSamplesTests {
  func points() throws -> LabelledSamples {
    try LabelledSamples(
      samples: Samples(values: [0, 1, 2, 3, 4, 5], shape: [2]), labels: [1, 0, 1],
      classNames: ["a", "b"], location: "points")
  }

  @Test("bytes become quotients, exactly rounded")
  func bytes() {
    let samples = Samples(bytes: [0, 1, 254, 255, 3, 7], divisor: 255, shape: [1, 1, 2])
    #expect(samples.count == 3)
    let quotients: [Float] = [3.0 / 255, 7.0 / 255, 0, 1.0 / 255]
    #expect(samples.values(at: [2, 0]) == quotients)
    #expect(samples.subset([1]) == Samples(bytes: [254, 255], divisor: 255, shape: [1, 1, 2]))
  }

  @Test("a subset keeps samples and labels together, in the order asked for")
  func subset() throws {
    let subset = try points().subset([2, 0])
    #expect(subset.labels == [1, 1])
    #expect(subset.samples.values(at: 0..<2) == [4, 5, 0, 1])
    #expect(try points().prefix(2).labels == [1, 0])
    #expect(try points().prefix(9) == points())
    #expect(try points().prefix(0).count == 0)
  }

  @Test("the digest tells content, shape, labels and order apart")
  func digest() throws {
    let whole = try points()
    let relabelled = try LabelledSamples(
      samples: whole.samples, labels: [1, 0, 0], classNames: ["a", "b"], location: "")
    let reshaped = try LabelledSamples(
      samples: Samples(values: whole.samples.values(at: 0..<3), shape: [1, 2]),
      labels: whole.labels, classNames: ["a", "b"], location: "")
    let digests = [whole, relabelled, reshaped, whole.subset([1, 0, 2])].map { $0.sha256() }
    #expect(Set(digests).count == 4)
    #expect(digests[0] == (try points().sha256()))
    #expect(digests[0].count == 64)
  }

  @Test("labels that do not fit are refused")
  func labels() {
    func message(_ labels: [Int]) -> String {
      TestSupport.message {
        _ = try LabelledSamples(
          samples: Samples(values: [0, 1], shape: [1]), labels: labels, classNames: ["a", "b"],
          location: "labels-idx1")
      }
    }
    #expect(
      message([0]).contains("labels-idx1: expected one label for each of 2 samples, found 1 labels")
    )
    #expect(message([0, 2]).contains("expected labels from 0 to 1, found label 2 of sample 1"))
    #expect(message([-1, 0]).contains("found label -1 of sample 0"))
  }
}
