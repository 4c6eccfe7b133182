import NeuralNetworks
import Tensors

/// What an attack makes as large as it can: a function of the scores that grows towards a wrong
/// decision.
public protocol AttackLoss: Sendable {
  /// The name in the parameters of attacks.
  var name: String { get }

  /// The loss of each sample, [N].
  ///
  /// - Parameters:
  ///   - scores: [N, L].
  ///   - labels: [N] (int64).
  func values(_ scores: Tensor, labels: Tensor) -> Tensor

  /// Values in the order of the losses, to compare points by, [N]. They tell points apart that
  /// the loss cannot, where it underflows; otherwise they are the loss.
  func ordering(_ scores: Tensor, labels: Tensor) -> Tensor

  /// The derivative of the loss with respect to the scores.
  func derivative(_ scores: Tensor, labels: Tensor) -> LossDerivative

  /// The loss for some of the samples it was made for, by position; itself, unless it holds
  /// something of its own for each sample.
  func subset(_ positions: [Int]) -> any AttackLoss
}

/// A derivative as a direction and a factor, which may underflow where the direction does not.
public struct LossDerivative {
  /// [N, L].
  public let direction: Tensor
  /// At least 0, [N]; the derivative is factor times direction.
  public let factor: Tensor

  public init(direction: Tensor, factor: Tensor) {
    self.direction = direction
    self.factor = factor
  }
}

extension AttackLoss {
  /// By automatic differentiation, with the factor 1.
  public func derivative(_ scores: Tensor, labels: Tensor) -> LossDerivative {
    let point = scores.detached.differentiable()
    let total = withGradients { values(point, labels: labels).sum() }
    let direction = gradient(of: total, wrt: [point])[0]
    return LossDerivative(direction: direction, factor: .ones([scores.shape[0]]).like(direction))
  }

  public func ordering(_ scores: Tensor, labels: Tensor) -> Tensor {
    values(scores, labels: labels)
  }

  public func subset(_ positions: [Int]) -> any AttackLoss { self }
}

/// Parts of losses.
extension Tensor {
  /// Scores [N, L] with -∞ for the true class.
  func wrongScores(labels: Tensor) -> Tensor {
    let isTrue = labels.oneHot(shape[1], dtype: .bool)
    return Tensor.select(isTrue, .full(-.infinity, shape).like(self), self)
  }

  /// The greatest score of a wrong class minus the true class's, [N]: positive where misclassified.
  func margins(labels: Tensor) -> Tensor {
    wrongScores(labels: labels).max(along: 1) - gathering(columns: labels)
  }
}
