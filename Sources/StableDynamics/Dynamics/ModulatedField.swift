import Foundation
import NeuralNetworks
import Tensors

/// The input-modulated dynamics of LyaNet (Rodriguez, Ames, Yue, ICML 2022; from the published code
/// of its classification models, not from the paper's text). The state h in R^C holds the logits
/// of C classes, and the image x enters as a matrix M(x) between the two layers of the field:
///
///     r = W_2 a(drop(M(x) a(drop(W_1 h + b_1)))) + b_2,    a = PReLU with one slope a layer.
///
/// r only gives the direction. With anchors s_j = 15 (2 e_j - 1) and κ = ln(15 √C), the velocity is
///
///     free:                f = κ g w n,   n = r / √(||r||² + ε²),   w = mean_j ||h - s_j|| softmax_j(<s_j - h, n>)
///     restrictToSimplex:   f = κ g mean_j (s_j - h) softmax_j(r)
///
/// with the gain g, a buffer. The latter keeps h in the convex hull of h(0) and the anchors; the
/// former, which the published configurations use, does not, and grows with h. The mean over j, and
/// with it the factor 1/C, is the source's.
///
/// The source has ε = 1e-12, where the field jumps as r changes its sign: trajectories that come to
/// r = 0 chatter there, with many small steps and derivatives that overflow. A larger ε, the
/// smoothing, makes the field Lipschitz continuous, and so its solutions unique.
///
/// <s_j - h, n> is 30 n_j but for what does not depend on j, and ||h - s_j||² = ||h + 15||² - 60 h_j,
/// so that nothing of the size C x C is made. Distances below 1e-3 count as 1e-3.
public struct ModulatedField: Module, Sendable {
  /// |s_ji|; in the source a constant.
  public static let anchorCoordinate = 15.0

  let first: Linear
  let second: Linear
  /// The slopes of the two PReLUs below 0, [1] each.
  let slopes: [Tensor]
  /// g, [1].
  public let gain: Tensor
  /// Whether trajectories stay in the convex hull of h(0) and the anchors: the second form of f.
  public let isRestrictedToSimplex: Bool
  /// ε.
  public let smoothing: Double

  /// - Parameter width: m of the modulation matrix M [m, m].
  public init(
    classCount: Int, width: Int, isRestrictedToSimplex: Bool = false, gain: Double = 1,
    smoothing: Double = 1e-12, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    first = Linear(
      inputs: classCount, outputs: width, generator: generator, dtype: dtype, device: device)
    second = Linear(
      inputs: width, outputs: classCount, generator: generator, dtype: dtype, device: device)
    slopes = (0..<2).map { _ in
      Tensor.full(0.25, [1], dtype: dtype, device: device).differentiable()
    }
    self.gain = .full(gain, [1], dtype: dtype, device: device)
    self.isRestrictedToSimplex = isRestrictedToSimplex
    self.smoothing = smoothing
  }

  /// C, the number of classes and the dimension of the state.
  public var classCount: Int { first.weight.shape[1] }

  /// κ: e^-κ takes the length of an anchor, 15 √C, to 1.
  public static func decayRate(classCount: Int) -> Double {
    log(anchorCoordinate * Double(classCount).squareRoot())
  }

  /// κ of this field's number of classes.
  public var decayRate: Double { Self.decayRate(classCount: classCount) }

  /// Named as in a PyTorch `Sequential` with the modulation between: 0, 1 (PReLU), 3 (PReLU), 4.
  public var state: ModuleState {
    first.state.prefixed("0") + ModuleState(parameters: ["1.weight": slopes[0]])
      + ModuleState(parameters: ["3.weight": slopes[1]]) + second.state.prefixed("4")
      + ModuleState(buffers: ["gain": gain])
  }

  /// f of one state an image: h [N, C], M [N, m, m].
  public func callAsFunction(_ states: Tensor, modulation: Tensor) -> Tensor {
    self(states.unsqueezed(1), modulation: modulation, dropout: nil).squeezed(1)
  }

  /// f of many states an image, one batched product for all.
  ///
  /// - Parameters:
  ///   - states: h, [N, S, C], or [1, S, C] if the images share them.
  ///   - modulation: M(x), [N, m, m].
  ///   - dropout: with a mask of its own for every pair of image and state, as in the source.
  /// - Returns: [N, S, C].
  public func callAsFunction(
    _ states: Tensor, modulation: Tensor, dropout: Dropout?
  ) -> Tensor {
    var hidden = first(states)
    if let dropout {
      hidden = dropout(hidden.expanded([modulation.shape[0]] + hidden.shape.dropFirst()))
    }
    var modulated = rectified(hidden, slope: slopes[0]).matmul(modulation.transposed)
    if let dropout { modulated = dropout(modulated) }
    return velocity(states, raw: second(rectified(modulated, slope: slopes[1])))
  }

  private func rectified(_ x: Tensor, slope: Tensor) -> Tensor { x.relu + x.minimum(0) * slope }

  /// f from h and the raw direction r.
  package func velocity(_ h: Tensor, raw r: Tensor) -> Tensor {
    let axis = r.rank - 1
    let anchor = Self.anchorCoordinate
    // Not the buffer itself, which may change before the backward pass.
    let speed = gain * decayRate
    if isRestrictedToSimplex {
      let mean = r.softmax(along: axis) * (2 * anchor) - anchor - h
      return mean * (speed / Double(classCount))
    }
    let squaredLength = r.squared.sum(along: axis, keeping: true) + smoothing * smoothing
    let direction = r / squaredLength.squareRoot
    let weights = (direction * (2 * anchor)).softmax(along: axis)
    let squares = (h + anchor).squared.sum(along: axis, keeping: true) - h * (4 * anchor)
    let reach = (squares.maximum(1e-6).squareRoot * weights).mean(along: axis, keeping: true)
    return direction * (reach * speed)
  }
}

extension ModulatedField {
  /// Elements set to 0 with a probability, and the others scaled up in turn.
  public struct Dropout {
    /// The chance of an element to be set to 0, in [0, 1).
    public let probability: Double
    /// What masks are drawn from.
    public let generator: RandomGenerator

    /// Creates a dropout that scales elements that stay by 1 / (1 - `probability`).
    public init(probability: Double, generator: RandomGenerator) {
      self.probability = probability
      self.generator = generator
    }

    /// A draw for x of any shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
      let draws = BatchShard.rows(of: x.shape) {
        generator.uniform($0, dtype: x.dtype)
      }.to(x.device)
      return x * ((draws .>= probability).to(x.dtype) / (1 - probability))
    }
  }
}
