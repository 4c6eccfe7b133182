import Tensors

/// The step length of each sample of APGD, and what decides when it is halved.
struct APGDStepLengths {
  /// η in units of the pixel range, [N].
  private(set) var values: Tensor
  /// How often each sample's loss has risen since the last checkpoint, [N].
  private var rises: Tensor
  /// The greatest loss as of the last checkpoint, [N].
  private var bestLoss: Tensor
  /// Whether the last checkpoint halved the length, [N] (bool): a fresh length is not blamed for
  /// a loss that did not grow. That of the start counts as fresh.
  private var isFresh: Tensor

  /// - Parameters:
  ///   - length: η of the first step.
  ///   - loss: of each sample at the start, [N].
  init(starting length: Double, loss: Tensor) {
    values = .full(length, loss.shape, dtype: loss.dtype, device: loss.device)
    rises = .zeros(like: loss)
    bestLoss = loss
    isFresh = .ones(loss.shape, dtype: .bool, device: loss.device)
  }

  /// Takes note of a step after which the losses in a mask [N] (bool) were greater than before.
  mutating func record(rose: Tensor) { rises += rose.like(rises) }

  /// A checkpoint.
  ///
  /// - Parameters:
  ///   - required: as many rises are too few.
  ///   - best: the greatest loss so far, [N].
  /// - Returns: whether each length was halved, [N] (bool).
  mutating func halve(requiring required: Double, best: Tensor) -> Tensor {
    let isStuck = (.!isFresh) .& (bestLoss .>= best)
    let isHalved = (rises .<= required) .| isStuck
    values = Tensor.select(isHalved, values * 0.5, values)
    rises = .zeros(like: rises)
    bestLoss = best
    isFresh = isHalved
    return isHalved
  }

  func subset(_ rows: [Int]) -> APGDStepLengths {
    var part = self
    part.values = values.samples(at: rows)
    part.rises = rises.samples(at: rows)
    part.bestLoss = bestLoss.samples(at: rows)
    part.isFresh = isFresh.samples(at: rows)
    return part
  }
}
