import NeuralNetworks
import Tensors

/// An attack inside certified balls, each sample's at its own radius, which has to fail on every one:
/// a certificate of which it breaks one is false.
///
/// Projected gradient ascent on the margin of each score function that decides like the model, by
/// steps along g / ‖g‖ from the sample, and of the first of them from a random point of the sphere as
/// well, within the open ball of the whole space: a certificate does not know that pixels end at 0 and
/// 1. Every iterate that the scores get wrong, and the last one, is put to the model. It counts if the
/// model decides otherwise and its distance, of the rounded numbers in float64, is below the radius.
public struct CertifiedBallAudit: Sendable, Hashable, Codable {
  /// Of each ascent; 0 leaves out the attack.
  public let steps: Int
  /// Balls attacked at once.
  public let batchSize: Int
  /// Of every random start, together with the sample's index.
  public let seed: UInt64

  /// An audit with 20 steps an ascent, unless others are given; no steps leave out the attack.
  public init(steps: Int = 20, batchSize: Int = 512, seed: UInt64 = 0) {
    precondition(steps >= 0 && batchSize > 0, "CertifiedBallAudit(steps: \(steps))")
    self.steps = steps
    self.batchSize = batchSize
    self.seed = seed
  }

  /// What was tried, and what broke.
  public struct Result: Codable, Sendable, Hashable {
    /// Of each ascent.
    public let steps: Int
    /// Samples with a radius above 0.
    public let attacked: Int
    /// What was found, in the order of the samples; none if the certificates hold as far as this
    /// can tell.
    public let broken: [Break]

    /// An image inside a certified ball that is decided otherwise than its centre.
    public struct Break: Codable, Sendable, Hashable {
      /// The sample's place in its data set.
      public let index: Int
      /// What was certified, in the Euclidean norm of images.
      public let radius: Double
      /// The image's distance, below the radius.
      public let distance: Double
      /// The class decided there.
      public let prediction: Int
    }
  }

  /// Attacks the samples whose radius is above 0.
  ///
  /// - Parameters:
  ///   - radii: of each sample, in the Euclidean norm.
  ///   - progress: told how many samples are done.
  /// - Throws: what the classifier throws.
  public func run(
    _ classifier: any Classifier, on data: LabelledImages, radii: [Double],
    progress: (_ done: Int) -> Void = { _ in }
  ) throws -> Result {
    precondition(radii.count == data.count, "\(radii.count) radii of \(data.count) samples")
    let certified = radii.indices.filter { radii[$0] > 0 }
    var broken: [Result.Break] = []
    for start in stride(from: 0, to: certified.count, by: batchSize) {
      let positions = Array(certified[start..<min(start + batchSize, certified.count)])
      var batch = Batch(data.subset(positions), radii: positions.map { radii[$0] })
      let functions = classifier.scoreFunctions
      for scores in functions { try climb(scores, of: classifier, &batch, startsAtSample: true) }
      try climb(functions[0], of: classifier, &batch, startsAtSample: false)
      broken += batch.breaks.values.sorted { $0.index < $1.index }
      progress(start + positions.count)
    }
    return Result(steps: steps, attacked: certified.count, broken: broken)
  }

  /// Samples under attack and what broke of them.
  private struct Batch {
    let samples: LabelledImages
    let radii: [Double]
    /// [N, 1, ...], slightly inside.
    let reach: Tensor
    var breaks: [Int: Result.Break] = [:]

    init(_ samples: LabelledImages, radii: [Double]) {
      self.samples = samples
      self.radii = radii
      reach = Tensor(radii.map { $0 * (1 - 1e-5) }, device: samples.images.device)
        .like(samples.images).spread(over: samples.images)
    }
  }

  private func climb(
    _ scores: ScoreFunction, of classifier: any Classifier, _ batch: inout Batch,
    startsAtSample: Bool
  ) throws {
    let samples = batch.samples
    let center = samples.images
    // Any point of the ball can be reached from any other.
    let length = batch.reach * (2.5 / Double(max(steps, 1)))
    var offset = startsAtSample ? Tensor.zeros(like: center) : onSphere(samples) * batch.reach
    for _ in 0..<steps {
      let point = center + offset
      let slope = try LossGradient(of: MarginLoss(), scores, at: point, labels: samples.labels)
      if slope.margins.max().item > 0 { try record(point, of: classifier, &batch) }
      offset = offset + unit(slope.direction) * length
      let size = offset.sampleNorms.maximum(1e-30).spread(over: center)
      offset = offset * (batch.reach / size).minimum(1)
    }
    if steps > 0 { try record(center + offset, of: classifier, &batch) }
  }

  /// Keeps what broke and is inside in the numbers that the model sees.
  private func record(
    _ images: Tensor, of classifier: any Classifier, _ batch: inout Batch
  ) throws {
    let predictions = try withoutGradients { try classifier.predictions(images) }.integers
    let labels = batch.samples.labelList
    guard predictions != labels else { return }
    let distances = (images.to(.float64) - batch.samples.images.to(.float64)).sampleNorms.doubles
    for row in labels.indices
    where predictions[row] != labels[row] && distances[row] < batch.radii[row] {
      batch.breaks[row] = Result.Break(
        index: batch.samples.indices[row], radius: batch.radii[row], distance: distances[row],
        prediction: predictions[row])
    }
  }

  private func unit(_ x: Tensor) -> Tensor {
    x / x.sampleNorms.maximum(1e-30).spread(over: x)
  }

  private func onSphere(_ samples: LabelledImages) -> Tensor {
    unit(
      Tensor.stacked(
        samples.indices.map {
          RandomGenerator(seed: seed, purpose: "certified ball", sample: $0, variant: 0)
            .normal(Array(samples.images.shape.dropFirst()))
        }
      ).like(samples.images))
  }
}
