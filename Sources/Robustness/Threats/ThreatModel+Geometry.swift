import Tensors

/// Operations on perturbations that depend on the norm. Images are [N, ...], one sample a row.
extension ThreatModel {
  /// The nearest allowed images: into the ball of radius ε around `clean`, then into [0, 1].
  ///
  /// In L-inf this is the exact projection. In L2 the result is allowed, but not the nearest where
  /// both constraints bind, as in the published attacks.
  public func projected(_ images: Tensor, around clean: Tensor) -> Tensor {
    switch norm {
    case .linf:
      return images.minimum(clean + epsilon).maximum(clean - epsilon).clamped(to: 0...1)
    case .l2:
      let change = images - clean
      let factor = (epsilon / change.sampleNorms.maximum(1e-12)).minimum(1)
      return (clean + change * factor.spread(over: images)).clamped(to: 0...1)
    }
  }

  /// The change of unit norm along which a linear loss grows fastest: sign g in L-inf, g / ‖g‖ in
  /// L2. It is 0 where the gradient is.
  public func steepestDirection(_ gradient: Tensor) -> Tensor {
    switch norm {
    case .linf: return gradient.sign
    case .l2:
      // Scaled first, so that squares of small gradients do not vanish.
      let largest = gradient.samplesFlattened.magnitude.max(along: 1).maximum(1e-38)
      let scaled = gradient / largest.spread(over: gradient)
      return scaled / scaled.sampleNorms.maximum(1e-12).spread(over: gradient)
    }
  }

  /// A random change of one sample within the ball: uniform in L-inf; in L2 of uniform direction
  /// and uniform length, which is the start of the published attack (torchattacks, pgdl2.py).
  func randomChange(_ shape: [Int], using generator: RandomGenerator) -> Tensor {
    switch norm {
    case .linf: return generator.uniform(shape, in: -1..<1) * epsilon
    case .l2:
      let direction = generator.normal(shape)
      let length = generator.uniform([1]).item * epsilon
      return direction * (length / max(direction.norm.item, 1e-12))
    }
  }

  /// The norm of each sample's change, computed in float64.
  public func distances(from clean: Tensor, to images: Tensor) -> [Double] {
    let change = (images.to(.float64) - clean.to(.float64)).samplesFlattened
    return switch norm {
    case .linf: change.magnitude.max(along: 1).doubles
    case .l2: change.norm(along: 1).doubles
    }
  }
}
