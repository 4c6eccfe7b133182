import NeuralNetworks
import Settings
import Tensors

/// Where FI-ODE's loss looks: states η of the simplex, first anywhere, more and more where the label
/// decides or is just about to.
public struct SimplexSampling: Codable, Sendable, Hashable {
  @Setting("S, states an image and step (code: 256)", .integers(1...1_000_000))
  public var states: Int
  @Setting("what uniform states give way to: cone (of the label, the code's) or boundary (of it)")
  public var focus = Focus.cone
  @Setting("share of training from which they do (code: 10 of 300 epochs)", .share)
  public var start = 0.033
  @Setting("share of training at which they have (code: 59 of 300)", .share)
  public var end = 0.2
  @Setting("share of uniform states that remains (code: 0.02)", .share)
  public var remainder = 0.02

  /// Where states are drawn that are not uniform on the simplex.
  public enum Focus: String, Codable, Sendable, CaseIterable {
    /// Uniform where the label's score is the largest.
    case cone
    /// On the boundary of that, where the certificate looks.
    case boundary
  }

  public init(states: Int) { self.states = states }

  /// The number of uniform samples when a share of training is done.
  func uniformCount(progress: Double) -> Int {
    let done = end > start ? (progress - start) / (end - start) : progress < start ? 0 : 1
    let share = 1 - min(max(done, 0), 1) * (1 - remainder)
    return Int((Double(states) * share).rounded(.down))
  }

  /// States for labels [N], [N, S, C]: the same draws for all images of a batch, arranged by label.
  func callAsFunction(
    labels: Tensor, classCount: Int, progress: Double, generator: RandomGenerator, dtype: DType
  ) -> Tensor {
    let uniform = uniformCount(progress: progress)
    // Exponential numbers over their sum are uniform on the simplex.
    let draws = -(1 - generator.uniform([1, states, classCount], dtype: .float64)).log
    let points = draws.to(dtype).to(labels.device)
    let count = labels.count
    let anywhere = points.sliced(0..<uniform, along: 1).expanded([count, uniform, classCount])
    let rest = points.sliced(uniform..<states, along: 1)
    let own = labels.oneHot(classCount, dtype: dtype).unsqueezed(1)
    let focused = focus == .cone ? Self.swapped(rest, own) : Self.tied(rest, own)
    let all = Tensor.concatenated([anywhere, focused], along: 1)
    return all / all.sum(along: 2, keeping: true)
  }

  /// With the largest number and that of the label in each other's place.
  private static func swapped(_ points: Tensor, _ own: Tensor) -> Tensor {
    let greatest = points.max(along: 2, keeping: true)
    let label = (points * own).sum(along: 2, keeping: true)
    return .select(own .> 0, greatest, .select(points .== greatest, label, points))
  }

  /// With the number of the label that of the largest other one.
  private static func tied(_ points: Tensor, _ own: Tensor) -> Tensor {
    let rivals = (points * (1 - own)).max(along: 2, keeping: true)
    return .select(own .> 0, rivals, points * (1 - own))
  }
}
