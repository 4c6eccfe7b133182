import Tensors

/// Rays from equilibria along which boundaries are sought (paper, section IV-A): for each ordered
/// pair (i, j) the direction c_j - c_i and random ones around it.
public struct BoundaryRays: Sendable {
  /// The class whose equilibrium each ray leaves, ascending.
  public let owners: [Int]
  /// Unit vectors [R, d].
  public let directions: Tensor

  /// - Precondition: owners ascend.
  public init(owners: [Int], directions: Tensor) {
    precondition(
      zip(owners, owners.dropFirst()).allSatisfy { $0 <= $1 }
        && directions.shape[0] == owners.count,
      "rays grouped by owner, one direction each")
    self.owners = owners
    self.directions = directions
  }

  /// - Parameters:
  ///   - randomPerPair: D random directions beside each primary one: a normalised Gaussian,
  ///     scaled by a factor uniform in [0, 0.5), added to the primary and normalised again.
  ///   - classes: the owners taken part (all by default); the paper takes 30 an epoch.
  public init(
    equilibria: Tensor, randomPerPair: Int, classes: [Int]? = nil, generator: RandomGenerator
  ) {
    let classCount = equilibria.shape[0]
    let from = (classes ?? Array(0..<classCount)).sorted()
    let pairs = from.flatMap { i in (0..<classCount).filter { $0 != i }.map { (i, $0) } }
    let device = equilibria.device
    let starts = equilibria.selecting(Tensor(pairs.map { Int64($0.0) }, device: device))
    let ends = equilibria.selecting(Tensor(pairs.map { Int64($0.1) }, device: device))
    let primary = Self.normalized(ends - starts).unsqueezed(1)
    let dimension = equilibria.shape[1]
    let noise = Self.normalized(
      generator.normal([pairs.count, randomPerPair, dimension], dtype: equilibria.dtype))
    let scale = generator.uniform([pairs.count, randomPerPair, 1], in: 0..<0.5, dtype: noise.dtype)
    let around = Self.normalized(primary + (noise * scale).to(device))
    directions = Tensor.concatenated([primary, around], along: 1).reshaped([-1, dimension])
    owners = pairs.flatMap { [Int](repeating: $0.0, count: randomPerPair + 1) }
  }

  private static func normalized(_ vectors: Tensor) -> Tensor {
    vectors / vectors.norm(along: vectors.rank - 1, keeping: true)
  }
}

/// Points on the boundaries of prescribed regions.
public struct BoundaryPoints: Sendable {
  /// The class whose boundary each point lies on.
  public let owners: [Int]
  /// [R, d], constants.
  public let points: Tensor
  /// Distance of each point from its equilibrium, [R].
  public let lengths: Tensor
  /// Whether W there is within the tolerance of the level, [R] bool.
  public let converged: Tensor
}
