import Foundation

/// How likely each point would pick each of its neighbours: a Gaussian around the point, as wide as
/// a given perplexity asks for.
///
/// p_{j|i} = exp(-β_i d_ij²) / Σ_k exp(-β_i d_ik²), where β_i is such that the entropy
/// -Σ_j p_{j|i} ln p_{j|i} is ln(perplexity).
///
/// ### Source
/// van der Maaten, Hinton, *Visualizing data using t-SNE*, JMLR 2008, eq. (1) and section 2.
public struct ConditionalAffinities: Sendable {
  /// Whom the probabilities are of.
  public let neighbors: NearestNeighbors
  /// p_{j|i} in the order of `neighbors.indices`.
  public let probabilities: [Double]
  /// β_i = 1 / (2 σ_i²).
  public let precisions: [Double]

  /// Finds the width of each point's Gaussian by bisection.
  ///
  /// Where more neighbours than the perplexity coincide with the nearest one no width will do; they
  /// share the probability.
  ///
  /// - Precondition: `perplexity` is above 1 and less than the number of neighbours.
  public init(_ neighbors: NearestNeighbors, perplexity: Double) {
    precondition(
      perplexity > 1 && perplexity < Double(neighbors.neighborCount),
      "ConditionalAffinities: perplexity \(perplexity) of \(neighbors.neighborCount) neighbours")
    self.neighbors = neighbors
    let width = neighbors.neighborCount
    let target = log(perplexity)
    var probabilities = [Double](repeating: 0, count: neighbors.squaredDistances.count)
    precisions = (0..<neighbors.count).map { point in
      // Distances from that of the nearest: a common factor of all exponentials.
      let squares = neighbors.squaredDistances[point * width..<(point + 1) * width]
      let excesses = squares.map { $0 - squares.first! }
      let mean = excesses.reduce(0, +) / Double(width)
      return probabilities.withUnsafeMutableBufferPointer { buffer in
        Self.precision(
          of: excesses, entropy: target, start: mean > 0 ? 1 / mean : 1,
          into: UnsafeMutableBufferPointer(rebasing: buffer[point * width..<(point + 1) * width]))
      }
    }
    self.probabilities = probabilities
  }

  /// The precision at which the entropy is the given one, with the probabilities there.
  private static func precision(
    of excesses: [Double], entropy target: Double, start: Double,
    into probabilities: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    var (lower, precision, upper) = (0.0, start, Double.infinity)
    for _ in 0..<200 {
      var (sum, moment) = (0.0, 0.0)
      for index in excesses.indices {
        let weight = exp(-precision * excesses[index])
        probabilities[index] = weight
        sum += weight
        moment += weight * excesses[index]
      }
      for index in excesses.indices { probabilities[index] /= sum }
      // The entropy falls as the precision grows.
      let excess = log(sum) + precision * moment / sum - target
      if abs(excess) < 1e-9 { break }
      if excess > 0 { lower = precision } else { upper = precision }
      precision = upper.isFinite ? (lower + upper) / 2 : 2 * precision
    }
    return precision
  }
}
