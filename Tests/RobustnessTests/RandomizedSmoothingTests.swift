import Failures
import Foundation
import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Randomised smoothing")
struct RandomizedSmoothingTests {
  private func smoothing(
    _ deviation: Double = 0.5, draws: Int = 1000, batchSize: Int = 300, seed: UInt64 = 0
  ) throws -> RandomizedSmoothing {
    try RandomizedSmoothing(
      deviation: deviation, selectionDraws: 50, draws: draws, batchSize: batchSize, seed: seed)
  }

  /// Always class 1 of two.
  private var constant: ClosureClassifier {
    ClosureClassifier(["constant": { twoScores(Tensor.ones([$0.shape[0], 1])) }])
  }

  private func images(_ count: Int, indices: [Int]? = nil) throws -> LabelledImages {
    let all = RandomGenerator(seed: 7).uniform([10, 1, 3, 3])
    let places = indices ?? Array(0..<count)
    return try LabelledImages(
      images: all.selecting(Tensor(places.map(Int64.init))),
      labels: places.map { $0 == 0 ? 0 : 1 }, indices: places, classCount: 2)
  }

  @Test("A constant classifier has the greatest radius, σ Φ⁻¹(α^(1/n))")
  func constantClassifier() throws {
    let smoothing = try smoothing()
    let found = try smoothing.certify(constant, on: images(2))
    for certificate in found {
      #expect(certificate.prediction == 1 && certificate.candidate == 1)
      #expect(certificate.counts == [0, 1000] && certificate.selectionCounts == [0, 50])
      #expect(certificate.lowerBound < pow(0.001, 1.0 / 1000))
      #expect(certificate.lowerBound > pow(0.001, 1.0 / 1000) - 1e-14)
      #expect(certificate.radius == smoothing.greatestRadius)
    }
    // The first sample is labelled otherwise.
    #expect(found.map(\.certifiedRadius) == [0, smoothing.greatestRadius])
    // Cohen et al.: about 3.8 σ with 100 000 draws.
    let published = try RandomizedSmoothing(deviation: 0.5)
    #expect(abs(published.greatestRadius / 0.5 - 3.8115) < 1e-3)
  }

  @Test("A linear classifier's radius approaches its distance from the boundary, from below")
  func linear() throws {
    let problem = try LinearProblem(count: 6)
    let smoothing = try smoothing(0.5, draws: 20_000, batchSize: 5000)
    let found = try smoothing.certify(problem.classifier, on: problem.data)
    let slope = zip(problem.classifier.weights[0], problem.classifier.weights[1]).map { $0 - $1 }
    let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for (position, certificate) in found.enumerated() {
      let scores = problem.classifier.logits(
        problem.data.images.sliced(position..<position + 1)
      ).doubles
      let distance = abs(scores[0] - scores[1]) / length
      let share = NormalDistribution.cumulative(distance / 0.5)
      let estimate = Double(certificate.counts[certificate.candidate]) / 20_000
      #expect(abs(estimate - share) < 5 * (share * (1 - share) / 20_000).squareRoot())
      guard let radius = certificate.radius else {
        #expect(distance < 0.5 * 0.05)
        continue
      }
      #expect(radius <= distance)
      // Clopper and Pearson's bound is about 3.1 deviations of the share below it.
      let low = share - 7 * (share * (1 - share) / 20_000).squareRoot()
      #expect(radius >= 0.5 * NormalDistribution.quantile(low))
    }
    #expect(found.contains { $0.radius != nil })
  }

  /// Class 1 where the sum of the pixels is above that of the sample's own, which half of the noise is.
  @Test("Where half of the noise decides otherwise there is neither a radius nor a prediction")
  func abstention() throws {
    let data = try images(3)
    let sums = data.images.flattened(from: 1).sum(along: 1).doubles
    for position in 0..<3 {
      let classifier = ClosureClassifier([
        "sum": { twoScores($0.flattened(from: 1).sum(along: 1, keeping: true) - sums[position]) }
      ])
      let sample = data.subset([position])
      let certificate = try smoothing().certify(classifier, on: sample)[0]
      #expect(certificate.radius == nil && certificate.prediction == nil)
      #expect(certificate.certifiedRadius == 0 && certificate.counts.reduce(0, +) == 1000)
      let prediction = try smoothing().predict(classifier, on: sample)[0]
      #expect(prediction.prediction == nil && !prediction.isCorrect)
    }
  }

  @Test("A prediction needs the binomial test of the two leading classes to reject chance")
  func prediction() throws {
    let data = try images(1)
    let mean = data.images.sum().item
    // The share Φ(q) of class 1: 9 pixels of deviation σ = 0.5 have a sum of deviation 1.5.
    func predict(_ q: Double) throws -> SmoothedPrediction {
      try smoothing().predict(
        ClosureClassifier([
          "sum": { twoScores($0.flattened(from: 1).sum(along: 1, keeping: true) - mean + 1.5 * q) }
        ]), on: data)[0]
    }
    let clear = try predict(0.5)
    #expect(clear.prediction == 1 && clear.counts[1] > 650)
    for q in [0.05, 0.1, 0.15, 0.2] {
      let found = try predict(q)
      let p = PairedComparison(
        onlyFirst: found.counts[0], onlySecond: found.counts[1], count: 1000
      ).pValue
      #expect(found.prediction == (p <= 0.001 ? 1 : nil))
    }
  }

  /// Classes in the order in which images come: `head` ones, then zeros, again for each of two
  /// purposes; zeros for what fills their last batch up.
  private func scripted(_ heads: [Int], of totals: [Int]) -> ClosureClassifier {
    var script = zip(heads, totals).flatMap { head, total in
      (0..<FixedBatch.filled(total)).map { Int64($0 < head ? 1 : 0) }
    }
    return ClosureClassifier(["none": { $0 }]) { images in
      defer { script.removeFirst(images.shape[0]) }
      return Tensor(Array(script.prefix(images.shape[0])))
    }
  }

  /// Of 10 draws 9 or more agree, either way, with a probability of 22/1024 by chance.
  @Test(
    "A prediction is given up to the probability of failure, and not at twice that",
    arguments: zip(
      [9, 9, 9, 10, 10, 8, 8, 5], [22, 21.9, 11.5, 2, 1.9, 122.88, 102.4, 409.6] as [Double]))
  func predictionThreshold(count: Int, failuresOf1024: Double) throws {
    let smoothing = try RandomizedSmoothing(
      deviation: 1, draws: 10, failure: failuresOf1024 / 1024)
    let found = try smoothing.predict(scripted([count], of: [10]), on: images(1))[0]
    #expect(found.counts == [10 - count, count])
    // 2 Σ C(10, i) over i ≥ k.
    let byChance: [Int: Double] = [10: 2, 9: 22, 8: 112, 5: 1024]
    #expect(found.prediction == (byChance[count]! <= failuresOf1024 ? 1 : nil))
  }

  /// The bound is scipy's, and the class is that of the first draws, whatever the others say.
  @Test("A certificate is one-sided at the probability of failure, for the class chosen before")
  func certificateThreshold() throws {
    let smoothing = try RandomizedSmoothing(
      deviation: 2, selectionDraws: 5, draws: 50, failure: 0.01)
    let found = try smoothing.certify(scripted([3, 45], of: [5, 50]), on: images(1))[0]
    #expect(found.candidate == 1 && found.counts == [5, 45])
    // beta.ppf(0.01, 45, 6) and 2 norm.ppf of it.
    #expect(abs(found.lowerBound - 0.7584473562535243) < 1e-12)
    #expect(abs(found.radius! - 1.402633741428624) < 1e-10)
    // The draws for the estimate choose nothing.
    let other = try smoothing.certify(scripted([2, 45], of: [5, 50]), on: images(1))[0]
    #expect(other.candidate == 0 && other.prediction == nil && other.lowerBound < 0.1)
  }

  @Test("Two draws at a failure of a quarter leave a half, which decides nothing")
  func halfIsNotEnough() throws {
    for (failure, isCertified) in [(0.25, false), (0.2499, false), (0.2501, true)] {
      let smoothing = try RandomizedSmoothing(
        deviation: 1, selectionDraws: 1, draws: 2, failure: failure)
      let found = try smoothing.certify(constant, on: images(1))[0]
      #expect((found.radius != nil) == isCertified && found.lowerBound <= failure.squareRoot())
      #expect(smoothing.greatestRadius == found.radius ?? 0 && smoothing.greatestRadius >= 0)
    }
  }

  @Test("Counts depend on seed and index, not on batch, order or neighbours")
  func determinism() throws {
    let classifier = ClosureClassifier([
      "sum": { twoScores($0.flattened(from: 1).sum(along: 1, keeping: true) - 4.5) }
    ])
    func counts(_ indices: [Int], batchSize: Int, seed: UInt64 = 0) throws -> [[Int]] {
      try smoothing(batchSize: batchSize, seed: seed)
        .certify(classifier, on: images(0, indices: indices)).map { $0.counts + $0.selectionCounts }
    }
    let reference = try counts([1, 2, 3], batchSize: 1000)
    for size in [1000, 128, 77, 5] {
      #expect(try counts([1, 2, 3], batchSize: size) == reference)
    }
    #expect(try counts([3, 1], batchSize: 100) == [reference[2], reference[0]])
    #expect(try counts([1, 2, 3], batchSize: 1000, seed: 1) != reference)
  }

  @Test("Noise is normal with the given deviation, unclamped, and fresh for every draw and purpose")
  func noise() throws {
    var seen: [Tensor] = []
    let classifier = ClosureClassifier(
      ["constant": { $0 }],
      predict: { images in
        seen.append(images)
        return Tensor.zeros([images.shape[0]], dtype: .int64)
      })
    let data = try images(1)
    _ = try smoothing(0.25).certify(classifier, on: data)
    // What fills the last batch up repeats a draw.
    let rows = Set(
      seen.flatMap { images in
        let noise = (images - data.images).flattened(from: 1)
        return (0..<noise.shape[0]).map { noise[$0].doubles }
      })
    #expect(rows.count == 1050)
    let draws = Tensor(rows.flatMap { $0 }, shape: [1050, 9]) / 0.25
    #expect(abs(draws.mean().item) < 5 / (9450.0).squareRoot())
    #expect(abs(draws.squared.mean().item - 1) < 5 * (2 / 9450.0).squareRoot())
    #expect(Tensor.concatenated(seen).min().item < 0)
  }

  @Test("Progress counts every draw")
  func progress() throws {
    var last = (done: 0, total: 0)
    _ = try smoothing().certify(constant, on: images(2)) { done, total in
      #expect(done > last.done)
      last = (done, total)
    }
    #expect(last == (2100, 2100))
  }

  @Test("Settings out of their range are refused by name")
  func refusals() {
    func location(_ make: () throws -> RandomizedSmoothing) -> String? {
      do {
        _ = try make()
        return nil
      } catch { return (error as? Failure)?.location }
    }
    #expect(location { try RandomizedSmoothing(deviation: 0) } == "sigma")
    #expect(location { try RandomizedSmoothing(deviation: .infinity) } == "sigma")
    #expect(location { try RandomizedSmoothing(deviation: 1, draws: 0) } == "samples")
    #expect(location { try RandomizedSmoothing(deviation: 1, failure: 0.5) } == "failure")
    #expect(location { try RandomizedSmoothing(deviation: 1, failure: 0) } == "failure")
    #expect(location { try RandomizedSmoothing(deviation: 1, batchSize: 0) } == "batch size")
  }
}
