import NeuralNetworks
import Tensors

/// Simultaneous perturbation stochastic approximation: gradient ascent with gradients estimated
/// from scores alone, so that it does not matter whether the model hides its own.
///
/// The margin m, max over wrong classes of s_j minus s_y, is probed on both sides of the point x in
/// random directions v ∈ {-1, 1}^d:
///
/// g = mean over v of (m(x + δ v) - m(x - δ v)) / (2 δ) · v.
///
/// Adam (Kingma, Ba 2015; β = 0.9, 0.999) follows g; after each step the change of the image is
/// confined to the ball and the image to [0, 1]. Probes may leave both by δ.
///
/// Uesato et al., "Adversarial risk and the dangers of evaluating against weak attacks", 2018, with
/// the structure of torchattacks (spsa.py). Deviations: directions are drawn for each sample by
/// itself, where torchattacks draws them for the whole batch; the point of the greatest margin is
/// returned, where torchattacks returns the last; a misclassified sample is left alone if the scores
/// decide as the model does; 100 steps, where torchattacks' default is 1.
public struct SPSA: Attack {
  public let name: String
  public let reference = "Uesato et al. 2018, arXiv:1802.05666"
  public let norms: Set<ThreatModel.Norm> = [.linf]
  public let usesGradients = false
  /// Steps of Adam.
  public let iterations: Int
  /// Directions that each gradient is estimated from.
  public let directions: Int
  /// δ in units of the pixel range.
  public let probeLength: Double
  /// Adam's rate, in units of the pixel range.
  public let rate: Double

  /// Directions of one sample that are probed together. They are always as many, so that sums of
  /// floating-point numbers do not depend on the batch.
  private static let chunk = 16
  /// Images that are classified together, if there are that many.
  private static let imagesAtOnce = 512

  /// - Parameters:
  ///   - name: what results call it.
  ///   - iterations: at least 1.
  ///   - directions: at least 1.
  ///   - probeLength: above 0.
  ///   - rate: above 0.
  public init(
    name: String = "spsa", iterations: Int = 100, directions: Int = 128,
    probeLength: Double = 0.01, rate: Double = 0.01
  ) {
    precondition(
      iterations > 0 && directions > 0 && probeLength > 0 && rate > 0,
      "SPSA(iterations: \(iterations), directions: \(directions), probeLength: \(probeLength), "
        + "rate: \(rate))")
    self.name = name
    self.iterations = iterations
    self.directions = directions
    self.probeLength = probeLength
    self.rate = rate
  }

  public var steps: Int { iterations * (2 * directions + 1) }

  public var parameters: [String: String] {
    [
      "loss": MarginLoss().name, "steps": "\(iterations)", "directions": "\(directions)",
      "delta": "\(probeLength)", "rate": "\(rate)",
    ]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let groups = BatchSizing(size: Self.imagesAtOnce / (2 * Self.chunk)) { nil }
    var images: [Tensor] = []
    try withoutGradients {
      try groups.forEach(in: Array(0..<problem.samples.count)) { rows in
        images.append(try climb(problem.subset(rows)))
      }
    }
    return Perturbation(images: Tensor.concatenated(images))
  }

  private func climb(_ problem: AttackProblem) throws -> Tensor {
    var search = MarginSearch(problem)
    var generators = SampleGenerators(problem, for: name)
    var change = Tensor.zeros(like: problem.samples.images)
    var adam = Adam(mean: change, variance: change)
    for _ in 0..<iterations {
      let clean = search.problem.samples.images
      let slope = try self.slope(at: clean + change, search, generators)
      let step = adam.step(along: slope) * rate
      let point = problem.threat.projected(clean + change + step, around: clean)
      change = point - clean
      let margins = try search.margins(of: point.unsqueezed(1)).squeezed(1)
      guard let kept = search.consider(point, margins: margins).kept else { continue }
      if search.isOver { break }
      generators = generators.subset(kept)
      change = change.samples(at: kept)
      adam = adam.subset(kept)
    }
    return search.result
  }

  /// The estimate of the margins' gradients, [n, ...]; 0 for probes that are not finite.
  private func slope(
    at point: Tensor, _ search: MarginSearch, _ generators: SampleGenerators
  ) throws -> Tensor {
    let shape = search.problem.sampleShape
    var sum = Tensor.zeros(like: point)
    for start in stride(from: 0, to: directions, by: Self.chunk) {
      let each = min(Self.chunk, directions - start)
      let v =
        generators.draws { ($0.uniform([each] + shape) .< 0.5).to(.float32) * 2 - 1 }.like(point)
      let center = point.unsqueezed(1)
      let shift = v * probeLength
      let probes = Tensor.concatenated([center + shift, center - shift], along: 1)
      let margins = try search.margins(of: probes)
      let rise = margins.sliced(0..<each, along: 1) - margins.sliced(each..<2 * each, along: 1)
      let usable = Tensor.select(rise.isFinite, rise, Tensor.zeros(like: rise))
      let weights = usable.reshaped([-1, each] + shape.map { _ in 1 })
      sum += (v * weights).sum(along: 1)
    }
    return sum / (2 * probeLength * Double(directions))
  }
}

/// Adam's moments.
private struct Adam {
  var mean: Tensor
  var variance: Tensor
  var count = 0

  /// The step of rate 1 that increases what `slope` is the gradient of.
  mutating func step(along slope: Tensor) -> Tensor {
    count += 1
    mean = mean * 0.9 + slope * 0.1
    variance = variance * 0.999 + slope.squared * 0.001
    let (meanBias, varianceBias) = (1 - power(0.9), 1 - power(0.999))
    return (mean / meanBias) / ((variance / varianceBias).squareRoot + 1e-8)
  }

  func subset(_ rows: [Int]) -> Adam {
    Adam(mean: mean.samples(at: rows), variance: variance.samples(at: rows), count: count)
  }

  private func power(_ base: Double) -> Double {
    (0..<count).reduce(1) { power, _ in power * base }
  }
}
