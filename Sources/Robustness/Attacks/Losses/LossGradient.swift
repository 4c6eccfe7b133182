import NeuralNetworks
import Tensors

/// The direction in which each sample's loss grows, the loss, and the margin by which it is
/// decided.
struct LossGradient {
  /// The gradient up to a positive factor for each sample, [N, ...]; 0 where it is not finite.
  let direction: Tensor
  /// That factor, [N]; 0 where it is not finite.
  let factor: Tensor
  /// [N].
  let values: Tensor
  /// Values in the order of the losses that do not underflow, [N].
  let ordering: Tensor
  /// max over wrong classes of s_j, minus s_y, [N]: positive where the sample is misclassified.
  let margins: Tensor
  /// Whether each sample's gradient is finite, [N] (bool).
  let isFinite: Tensor
  /// Whether each sample's gradient is 0 everywhere, [N] (bool).
  let isZero: Tensor

  /// Evaluates scores, loss and gradient at `images` [N, ...] with labels [N] (int64).
  ///
  /// - Parameter draws: how many evaluations the gradient is the mean of (expectation over
  ///   transformations, Athalye et al. 2018), for scores that are random. The rest is of the last.
  init(
    of loss: any AttackLoss = CrossEntropyLoss(), _ scores: ScoreFunction, at images: Tensor,
    labels: Tensor, draws: Int = 1
  ) throws {
    precondition(draws > 0, "LossGradient: \(draws) draws")
    var last = try Evaluation(of: loss, scores, at: images, labels: labels)
    if draws > 1 {
      // Directions of several points mean something together only with their factors.
      var sum = last.gradient
      for _ in 1..<draws {
        last = try Evaluation(of: loss, scores, at: images, labels: labels)
        sum += last.gradient
      }
      last.direction = sum / Double(draws)
      last.factor = .ones(last.factor.shape).like(last.factor)
    }
    self.init(
      last.direction, factor: last.factor, values: last.values, ordering: last.ordering,
      margins: last.margins)
  }

  /// - Parameters:
  ///   - raw: the gradient up to a positive factor, which may have elements that are not finite.
  ///   - factor: 1 where omitted.
  ///   - ordering: the values where omitted.
  init(
    _ raw: Tensor, factor: Tensor? = nil, values: Tensor, ordering: Tensor? = nil,
    margins: Tensor
  ) {
    let finite = raw.isFinite
    direction = Tensor.select(finite, raw, Tensor.zeros(like: raw))
    let factor = factor ?? Tensor.ones(like: values)
    self.factor = Tensor.select(factor.isFinite, factor, Tensor.zeros(like: factor))
    self.values = values
    self.ordering = ordering ?? values
    self.margins = margins
    isFinite = finite.samplesFlattened.all(along: 1)
    isZero = (raw .== 0).samplesFlattened.all(along: 1)
  }

  /// The gradient itself.
  var gradient: Tensor { direction * factor.spread(over: direction) }

  /// The margins alone, without a gradient.
  static func margins(of scores: ScoreFunction, at images: Tensor, labels: Tensor) throws -> Tensor
  {
    try withoutGradients { try scores.scores(images).margins(labels: labels) }
  }
}

/// One evaluation of a loss with its gradient.
private struct Evaluation {
  var direction: Tensor
  var factor: Tensor
  let values: Tensor
  let ordering: Tensor
  let margins: Tensor

  init(
    of loss: any AttackLoss, _ scores: ScoreFunction, at images: Tensor, labels: Tensor
  ) throws {
    let point = images.differentiable()
    let recorded = try withGradients { try scores.scores(point) }
    let values = recorded.detached
    let derivative = loss.derivative(values, labels: labels)
    direction =
      recorded.requiresGradient
      ? Tensors.gradient(of: recorded, wrt: [point], seed: derivative.direction)[0]
      : Tensor.zeros(like: images)
    factor = derivative.factor
    self.values = loss.values(values, labels: labels)
    ordering = loss.ordering(values, labels: labels)
    margins = values.margins(labels: labels)
  }

  var gradient: Tensor { direction * factor.spread(over: direction) }
}
