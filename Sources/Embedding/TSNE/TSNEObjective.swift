import Foundation

/// The Kullback-Leibler divergence between the affinities of points and those of their images in a
/// plane, C = Σ_ij p_ij ln (p_ij / q_ij), and its gradient.
///
/// q_ij = w_ij / Z with w_ij = 1 / (1 + ‖y_i - y_j‖²) and Z = Σ_{i≠j} w_ij. The gradient is
/// ∂C/∂y_i = 4 (Σ_j p_ij w_ij (y_i - y_j) - Σ_j w_ij² (y_i - y_j) / Z): neighbours attract, all
/// others repel.
///
/// ### Source
/// van der Maaten 2014, eq. (4) and (9).
package struct TSNEObjective {
  let affinities: JointAffinities
  /// Sums over all points go through a tree with this θ; nil for every pair by itself.
  let theta: Double?

  package init(_ affinities: JointAffinities, theta: Double?) {
    self.affinities = affinities
    self.theta = theta
  }

  /// The gradient at a place.
  ///
  /// - Parameters:
  ///   - positions: y, two coordinates a point.
  ///   - exaggeration: What all p_ij are multiplied by.
  ///   - gradient: Where it goes, as `positions`.
  package func gradient(
    at positions: UnsafeBufferPointer<Double>, exaggeration: Double = 1,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let normalizer = repulsion(at: positions, into: gradient)
    affinities.rowStarts.withUnsafeBufferPointer { starts in
      affinities.columns.withUnsafeBufferPointer { columns in
        affinities.values.withUnsafeBufferPointer { values in
          for point in 0..<affinities.count {
            let (x, y) = (positions[2 * point], positions[2 * point + 1])
            var (forceX, forceY) = (0.0, 0.0)
            for entry in starts[point]..<starts[point + 1] {
              let other = Int(columns[entry])
              let (dx, dy) = (x - positions[2 * other], y - positions[2 * other + 1])
              let pull = values[entry] / (1 + dx * dx + dy * dy)
              forceX += pull * dx
              forceY += pull * dy
            }
            gradient[2 * point] =
              4 * (exaggeration * forceX - gradient[2 * point] / normalizer)
            gradient[2 * point + 1] =
              4 * (exaggeration * forceY - gradient[2 * point + 1] / normalizer)
          }
        }
      }
    }
  }

  /// C at a place. Its Z goes through the tree as the gradient's does.
  package func divergence(at positions: UnsafeBufferPointer<Double>) -> Double {
    var forces = [Double](repeating: 0, count: positions.count)
    let normalizer = forces.withUnsafeMutableBufferPointer { repulsion(at: positions, into: $0) }
    var sum = log(normalizer)
    for point in 0..<affinities.count {
      let (x, y) = (positions[2 * point], positions[2 * point + 1])
      for entry in affinities.rowStarts[point]..<affinities.rowStarts[point + 1] {
        let other = Int(affinities.columns[entry])
        let (dx, dy) = (x - positions[2 * other], y - positions[2 * other + 1])
        let p = affinities.values[entry]
        // An affinity may have vanished in double precision; p ln p does so too.
        if p > 0 { sum += p * log(p * (1 + dx * dx + dy * dy)) }
      }
    }
    return sum
  }

  /// Σ_j w_ij² (y_i - y_j) of each point.
  ///
  /// - Returns: Z.
  private func repulsion(
    at positions: UnsafeBufferPointer<Double>, into forces: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    var normalizer = 0.0
    guard let theta else {
      forces.update(repeating: 0)
      for point in 0..<affinities.count {
        for other in 0..<point {
          let dx = positions[2 * point] - positions[2 * other]
          let dy = positions[2 * point + 1] - positions[2 * other + 1]
          let w = 1 / (1 + dx * dx + dy * dy)
          normalizer += 2 * w
          forces[2 * point] += w * w * dx
          forces[2 * point + 1] += w * w * dy
          forces[2 * other] -= w * w * dx
          forces[2 * other + 1] -= w * w * dy
        }
      }
      return normalizer
    }
    let tree = Quadtree(positions)
    for point in tree.order {
      let (weight, forceX, forceY) = tree.repulsion(
        x: positions[2 * point], y: positions[2 * point + 1], theta: theta)
      normalizer += weight
      forces[2 * point] = forceX
      forces[2 * point + 1] = forceY
    }
    return normalizer
  }
}
