/// Gradient descent with momentum and a gain for each coordinate, as t-SNE is minimised.
///
/// v ← μ v - η g ∘ ∇C, y ← y + v. The gain g grows by 0.2 where ∇C and v have opposite signs, so that
/// the step keeps its direction, and else shrinks to 0.8 of itself, but not below 0.01.
///
/// ### Source
/// Jacobs, *Increased rates of convergence through learning rate adaptation*, 1988, with the
/// constants of van der Maaten's and scikit-learn's implementations.
struct GainDescent {
  private(set) var positions: [Double]
  private var velocities: [Double]
  private var gains: [Double]
  private var gradient: [Double]
  let learningRate: Double
  /// Whether all positions are numbers whose squares are.
  private(set) var isFinite = true

  init(positions: [Double], learningRate: Double) {
    self.positions = positions
    self.learningRate = learningRate
    velocities = Array(repeating: 0, count: positions.count)
    gains = Array(repeating: 1, count: positions.count)
    gradient = Array(repeating: 0, count: positions.count)
  }

  mutating func step(along objective: TSNEObjective, exaggeration: Double, momentum: Double) {
    positions.withUnsafeBufferPointer { positions in
      gradient.withUnsafeMutableBufferPointer { gradient in
        objective.gradient(at: positions, exaggeration: exaggeration, into: gradient)
      }
    }
    var (centreX, centreY) = (0.0, 0.0)
    for index in positions.indices {
      let continues = gradient[index] * velocities[index] < 0
      gains[index] = continues ? gains[index] + 0.2 : max(gains[index] * 0.8, 0.01)
      velocities[index] =
        momentum * velocities[index] - learningRate * gains[index] * gradient[index]
      positions[index] += velocities[index]
      if index & 1 == 0 { centreX += positions[index] } else { centreY += positions[index] }
    }
    isFinite = positions.allSatisfy { abs($0) < 1e150 }
    // The divergence does not depend on where the centre is.
    let count = Double(positions.count / 2)
    for point in 0..<positions.count / 2 {
      positions[2 * point] -= centreX / count
      positions[2 * point + 1] -= centreY / count
    }
  }
}
