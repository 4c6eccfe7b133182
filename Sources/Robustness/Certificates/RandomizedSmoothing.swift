import Failures
import Foundation
import NeuralNetworks
import Tensors

/// Randomised smoothing (Cohen, Rosenfeld, Kolter 2019): of a classifier f, the classifier
///
///     g(x) = argmax_c P(f(x + ε) = c),   ε normal with mean 0 and deviation σ in every pixel.
///
/// If f gives class c to more than the share p > 1/2 of the noise, then g(x') = c for every x' with
/// ‖x' - x‖ < σ Φ⁻¹(p) in the Euclidean norm: nothing is asked of f, and nothing is promised of f
/// itself, only of g. p is bounded below by counting, so that each certificate is wrong with a
/// probability of at most `failure`, over the draws. Bound and radius are rounded down; the ball is
/// certified with its surface.
///
/// The noise is added to pixels in [0, 1], before any normalisation and without clamping: f must
/// have been trained with such noise, or g abstains nearly everywhere. It depends on the seed, the
/// sample's index and the number of the draw alone.
///
/// Following `core.py` of the published code: the candidate's class comes from draws of its own,
/// the bound is one-sided. Deviation: draws are not those of any other program.
public struct RandomizedSmoothing: Sendable, Hashable {
  /// σ, in units of the pixel range.
  public let deviation: Double
  /// n_0, draws that choose the class.
  public let selectionDraws: Int
  /// n, draws that estimate its share.
  public let draws: Int
  /// α, the probability with which the answer for one sample may be wrong.
  public let failure: Double
  /// Images at once.
  public let batchSize: Int
  /// Of all draws, together with the sample's index.
  public let seed: UInt64

  /// Smoothing with the published numbers of draws, unless others are given.
  ///
  /// - Throws: `Failure` of kind `invalidOption` for a number out of its range.
  public init(
    deviation: Double, selectionDraws: Int = 100, draws: Int = 100_000, failure: Double = 0.001,
    batchSize: Int = 1000, seed: UInt64 = 0
  ) throws(Failure) {
    func require(
      _ holds: Bool, _ option: String, _ expected: String, _ found: Any, _ remedy: String
    ) throws(Failure) {
      if holds { return }
      throw Failure(
        .invalidOption, at: option, expected: expected, found: "\(found)", remedy: remedy)
    }
    try require(
      deviation > 0 && deviation.isFinite, "sigma", "a positive number", deviation,
      "Pixels are in [0, 1]; published are 0.12, 0.25, 0.5 and 1.")
    try require(
      selectionDraws >= 1 && draws >= 1, "samples", "at least 1 draw",
      min(selectionDraws, draws), "Published are 100 000.")
    try require(
      failure > 0 && failure < 0.5, "failure", "a probability above 0 and below 1/2", failure,
      "Published is 0.001.")
    try require(batchSize >= 1, "batch size", "at least 1", batchSize, "Give a positive number.")
    self.deviation = deviation
    self.selectionDraws = selectionDraws
    self.draws = draws
    self.failure = failure
    self.batchSize = batchSize
    self.seed = seed
  }

  /// The radius where every draw agrees, the largest that these numbers of draws can certify:
  /// σ Φ⁻¹(α^(1/n)), or 0 where even that certifies nothing.
  public var greatestRadius: Double {
    radius(
      ofShare: ClopperPearson.lowerBound(successes: draws, trials: draws, failure: failure)) ?? 0
  }

  /// A number below σ Φ⁻¹(p); nil where that is not above 0.
  private func radius(ofShare bound: Double) -> Double? {
    guard bound > 0.5 else { return nil }
    let radius = (deviation * NormalDistribution.quantileLowerBound(bound)).nextDown
    return radius > 0 ? radius : nil
  }

  /// A certificate for each sample.
  ///
  /// - Parameter progress: told how many draws are done, and of how many.
  /// - Throws: what the classifier throws.
  public func certify(
    _ classifier: any Classifier, on data: LabelledImages,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [SmoothedCertificate] {
    let total = data.count * (selectionDraws + draws)
    var done = 0
    func counts(_ position: Int, _ purpose: Purpose) throws -> [Int] {
      try self.counts(of: classifier, on: data, at: position, purpose) {
        done += $0
        progress(done, total)
      }
    }
    return try (0..<data.count).map { position in
      let selection = try counts(position, .selection)
      let candidate = selection.indices.max { selection[$0] < selection[$1] }!
      let estimate = try counts(position, .estimate)
      let bound = ClopperPearson.lowerBound(
        successes: estimate[candidate], trials: draws, failure: failure)
      return SmoothedCertificate(
        index: data.indices[position], label: data.labelList[position], candidate: candidate,
        selectionCounts: selection, counts: estimate, lowerBound: bound,
        radius: radius(ofShare: bound))
    }
  }

  /// A prediction for each sample: the most frequent class of n draws, unless it is not more
  /// frequent than the second beyond doubt, by the binomial test of whether each of their draws is
  /// one or the other with probability 1/2.
  ///
  /// - Parameter progress: told how many draws are done, and of how many.
  /// - Throws: what the classifier throws.
  public func predict(
    _ classifier: any Classifier, on data: LabelledImages,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [SmoothedPrediction] {
    var done = 0
    return try (0..<data.count).map { position in
      let counts = try self.counts(of: classifier, on: data, at: position, .estimate) {
        done += $0
        progress(done, data.count * draws)
      }
      let order = counts.indices.sorted { (counts[$0], $1) > (counts[$1], $0) }
      let test = PairedComparison(
        onlyFirst: counts[order[0]], onlySecond: order.count > 1 ? counts[order[1]] : 0,
        count: draws)
      return SmoothedPrediction(
        index: data.indices[position], label: data.labelList[position],
        prediction: test.pValue <= failure ? order[0] : nil, counts: counts)
    }
  }

  /// What draws are for; those for one say nothing about those for the other.
  private enum Purpose: String { case selection, estimate }

  /// How many draws around one sample the classifier gives to each class.
  private func counts(
    of classifier: any Classifier, on data: LabelledImages, at position: Int, _ purpose: Purpose,
    progress: (Int) -> Void
  ) throws -> [Int] {
    let image = data.images.sliced(position..<position + 1)
    var noise = NoiseDraws(
      shape: Array(image.shape.dropFirst()), seed: seed, purpose: "smoothing \(purpose)",
      sample: data.indices[position])
    let classifier = classifier.inFixedBatches
    var counts = [Int](repeating: 0, count: classifier.classCount)
    let total = purpose == .selection ? selectionDraws : draws
    for start in stride(from: 0, to: total, by: batchSize) {
      let end = min(start + batchSize, total)
      try withoutGradients {
        let images = image + noise[start..<end].like(image) * deviation
        for label in try classifier.predictions(images).integers { counts[label] += 1 }
      }
      progress(end - start)
    }
    return counts
  }
}

/// Standard normal noise around one sample, draw by draw. It is made in chunks of a fixed size, each
/// by a generator of its own, so that a draw does not depend on how many are asked for at once.
private struct NoiseDraws {
  static let chunkSize = 128

  let shape: [Int]
  let seed: UInt64
  let purpose: String
  let sample: Int
  var last: (number: Int, draws: Tensor)?

  /// Draws [count, ...] on the CPU.
  subscript(range: Range<Int>) -> Tensor {
    mutating get {
      var parts: [Tensor] = []
      var start = range.lowerBound
      while start < range.upperBound {
        let (number, offset) = start.quotientAndRemainder(dividingBy: Self.chunkSize)
        let count = min(Self.chunkSize - offset, range.upperBound - start)
        parts.append(chunk(number).sliced(offset..<offset + count))
        start += count
      }
      return parts.count == 1 ? parts[0] : .concatenated(parts)
    }
  }

  private mutating func chunk(_ number: Int) -> Tensor {
    if let last, last.number == number { return last.draws }
    let draws = RandomGenerator(seed: seed, purpose: purpose, sample: sample, variant: number)
      .normal([Self.chunkSize] + shape)
    last = (number, draws)
    return draws
  }
}
