import Tensors

/// The functions of some classes apart from the others.
extension LyapunovFunction {
  /// Everything that the functions are made of, each with a slice of its first axis for each class.
  var classwise: [Tensor] {
    networks.layers.flatMap { [$0.input, $0.bias] + ($0.hidden.map { [$0] } ?? []) }
      + [equilibria] + (learnedPart.linearPart.map { [$0] } ?? [])
  }

  /// The functions of the classes whose slices of `classwise` are given.
  ///
  /// - Precondition: the scale of Bregman's form, which the classes share, is a constant.
  func made(of slices: [Tensor]) -> LyapunovFunction {
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

  /// The widest of the vectors that an evaluation keeps of a point.
  var width: Int {
    networks.layers.map { $0.bias.shape[1] }.reduce(equilibria.shape[1], max)
  }
}
