import Settings
import StableDynamics
import Tensors

/// "Simulated perturbation sampling": initial states near h(0) from which trajectories reach what the
/// clean ones do not. The FxTS-Net paper's text could not be read; both ways are derived from its
/// abstract and from the counterexample search of its authors' next paper.
public struct SimulatedPerturbation: Codable, Sendable, Hashable {
  @Setting("normalized or signed (ascent on the loss), or sphere (a random point of it)")
  public var search = Search.normalized
  /// ε: perturbations have at most this length, as a share of an anchor's, 15 √C. (The natural
  /// scale, the deviation of h(0), is 0 here.)
  @Setting("ε, length of perturbations of h(0) as a share of an anchor's, 15 √C", .positive)
  public var radius = 0.1
  @Setting("K, ascent steps of 2 ε/K each", .integers(1...10_000))
  public var steps = 3

  /// How perturbations are found.
  public enum Search: String, Codable, Sendable, CaseIterable {
    /// A random point of the sphere, where it is.
    case sphere
    /// From there K ascent steps of the loss along its gradient...
    case normalized
    /// ...or along the gradient's sign; back into the ball after each.
    case signed
  }

  public init() {}

  /// Perturbed initial states [N, C].
  ///
  /// - Parameter loss: what is ascended, for states [N, C]: any shape whose elements belong to one
  ///   sample each.
  package func states(
    around initial: Tensor, generator: RandomGenerator, loss: (Tensor) -> Tensor
  ) -> Tensor {
    let classCount = initial.shape[1]
    let length = radius * ModulatedField.anchorCoordinate * Double(classCount).squareRoot()
    func norm(_ x: Tensor) -> Tensor { (x.squared.sum(along: 1, keeping: true) + 1e-24).squareRoot }
    let normal = BatchShard.rows(of: initial.shape) {
      generator.normal($0, dtype: initial.dtype)
    }.to(initial.device)
    var offset = normal / norm(normal) * length
    if search == .sphere { return initial + offset }
    for _ in 0..<steps {
      let leaf = (initial + offset).differentiable()
      let slope = withGradients { gradient(of: loss(leaf).sum(), wrt: [leaf])[0] }
      let ascent = search == .signed ? slope.sign : slope
      offset = offset + ascent / norm(ascent) * (2 * length / Double(steps))
      offset = offset * (length / norm(offset)).minimum(1)
    }
    return initial + offset
  }
}
