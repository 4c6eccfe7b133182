import NeuralNetworks
import Tensors

/// The progress of a search that sees scores only: the image of the greatest margin of each sample,
/// and which samples it still has to work on.
///
/// If the scores decide as the model does, a sample is done once it is misclassified. It then
/// leaves the batch, so that the rest costs less.
struct MarginSearch {
  /// The samples that are still worked on.
  private(set) var problem: AttackProblem
  /// Their images of the greatest margin, the clean ones at first.
  private(set) var images: Tensor
  /// Those margins, -∞ at first, [n].
  private var margins: Tensor
  /// Their places in the batch.
  private var rows: [Int]
  /// The images of all samples, where `rows` does not name them.
  private var finished: Tensor

  init(_ problem: AttackProblem) {
    self.problem = problem
    images = problem.samples.images
    margins = Tensor.full(-.infinity, [problem.samples.count]).like(images)
    rows = Array(0..<problem.samples.count)
    finished = images
  }

  /// How many samples are worked on.
  var count: Int { rows.count }

  /// Whether no sample is left to work on.
  var isOver: Bool { rows.isEmpty }

  /// The image of the greatest margin of every sample of the batch; the first of equal ones.
  var result: Tensor {
    finished.replacing(at: Tensor(rows.map(Int64.init), device: finished.device), with: images)
  }

  /// The margins of candidates, as many for each sample one after the other.
  ///
  /// - Parameter candidates: [n, k, ...] for the n samples that are worked on.
  /// - Returns: [n, k].
  func margins(of candidates: Tensor) throws -> Tensor {
    let (count, each) = (candidates.shape[0], candidates.shape[1])
    let labels = problem.samples.labels.unsqueezed(1).expanded([count, each]).flattened()
    return try LossGradient.margins(
      of: problem.scores, at: candidates.reshaped([count * each] + candidates.shape[2...]),
      labels: labels
    ).reshaped([count, each])
  }

  /// Takes note of the candidate of the greatest margin of each sample, the first of equal ones.
  ///
  /// - Parameters:
  ///   - candidates: [n, k, ...].
  ///   - margins: [n, k].
  /// - Returns: as `consider`.
  mutating func considerBest(of candidates: Tensor, margins: Tensor) -> [Int]? {
    let isNumber = margins .== margins
    let lowest = Tensor.full(-.infinity, margins.shape).like(margins)
    let best = Tensor.select(isNumber, margins, lowest).argMax(along: 1)
    let rows = Tensor.range(best.shape[0], device: best.device)
    let each = Tensor([Int64(margins.shape[1])], device: best.device)
    let chosen = candidates.reshaped([-1] + candidates.shape[2...]).selecting(rows * each + best)
    return consider(chosen, margins: margins.gathering(columns: best)).kept
  }

  /// Takes note of one candidate for each sample. One without a greater margin, or whose margin is
  /// not a number, is dropped.
  ///
  /// - Returns: whether each candidate is the image of its sample now, and the places, among the
  ///   samples worked on so far, of those that remain; nil for all.
  mutating func consider(
    _ candidates: Tensor, margins candidateMargins: Tensor
  ) -> (isKept: [Bool], kept: [Int]?) {
    let isBetter = candidateMargins .> margins
    images = Tensor.select(isBetter.spread(over: images), candidates, images)
    margins = Tensor.select(isBetter, candidateMargins, margins)
    guard problem.isDecisive else { return (isBetter.flags, nil) }
    let isDone = (margins .> 0).flags
    guard isDone.contains(true) else { return (isBetter.flags, nil) }
    let kept = isDone.indices(of: false)
    keep(kept)
    return (isBetter.flags, kept)
  }

  /// Works on some of the samples only from now on, by place.
  mutating func keep(_ kept: [Int]) {
    finished = result
    rows = kept.map { rows[$0] }
    problem = problem.subset(kept)
    images = images.samples(at: kept)
    margins = margins.samples(at: kept)
  }
}
