import Tensors

/// -W_k^β at the boundary points of every other region (paper, eq. 11): minimising it pushes the
/// regions of other classes away from the boundary of D_i.
public enum SeparationLoss {
  /// The mean over all points and all classes k ≠ owner, or over the pairs of those that were sampled
  /// (`BoundaryRays.init(sampling:equilibria:randomPerPair:classes:generator:)`); eq. (11) prints a sum,
  /// which at the paper's λ3 swamps every other term.
  ///
  /// Pairs of a hundred classes are millions, so they are evaluated and differentiated part by part:
  /// nothing is kept of a part but its derivatives with respect to the functions.
  public static func mean(
    _ lyapunov: LyapunovFunction, boundary: BoundaryPoints, exponent beta: Double
  ) -> Tensor {
    mean(
      lyapunov, boundary: boundary, exponent: beta,
      pairsAtOnce: PointBlocks.count(width: lyapunov.width))
  }

  package static func mean(
    _ lyapunov: LyapunovFunction, boundary: BoundaryPoints, exponent beta: Double, pairsAtOnce: Int
  ) -> Tensor {
    let pairs = ForeignPairs(boundary, classCount: lyapunov.classCount, atOnce: pairsAtOnce)
    let sum = sumOfParts(lyapunov.classwise, over: pairs.parts.map(\.classes)) { index, slices in
      let part = pairs.parts[index]
      let points = Tensor.concatenated(part.rows.map { pairs.points.sliced($0) })
      let values = lyapunov.made(of: slices).values(
        at: points, groups: ClassGroups(sizes: part.sizes, device: points.device))
      return ZubovTransform.region(values, exponent: beta).sum()
    }
    return -sum / Double(pairs.count)
  }
}

/// The functions of some classes apart from the others.
extension LyapunovFunction {
  /// Everything that the functions are made of, each with a slice of its first axis for each class.
  fileprivate var classwise: [Tensor] {
    networks.layers.flatMap { [$0.input, $0.bias] + ($0.hidden.map { [$0] } ?? []) }
      + [equilibria] + (learnedPart.linearPart.map { [$0] } ?? [])
  }

  /// The functions of the classes whose slices of `classwise` are given.
  ///
  /// - Precondition: the scale of Bregman's form, which the classes share, is a constant.
  fileprivate func made(of slices: [Tensor]) -> LyapunovFunction {
    var next = slices.makeIterator()
    let layers = networks.layers.map { layer in
      let (input, bias) = (next.next()!, next.next()!)
      return ClassConvexNetworks.Layer(
        hidden: layer.hidden == nil ? nil : next.next()!, input: input, bias: bias)
    }
    let equilibria = next.next()!
    let learnedPart: LearnedPart
    switch self.learnedPart {
    case .rectified: learnedPart = self.learnedPart
    case .bregman(let scale, _):
      precondition(!scale.requiresGradient, "classes apart with a scale that learns")
      learnedPart = .bregman(scale: scale, slopesAtOrigin: next.next()!)
    }
    return LyapunovFunction(
      networks: ClassConvexNetworks(layers: layers), equilibria: equilibria,
      quadraticWeight: quadraticWeight, learnedPart: learnedPart)
  }
}
