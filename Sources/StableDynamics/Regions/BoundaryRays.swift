import Tensors

/// Rays from equilibria along which boundaries are sought (paper, section IV-A): for each ordered
/// pair (i, j) the direction c_j - c_i and random ones around it.
public struct BoundaryRays: Sendable {
  /// The class whose equilibrium each ray leaves, ascending.
  public let owners: [Int]
  /// Unit vectors [R, d].
  public let directions: Tensor
  /// The one class whose region each ray's boundary point is to be kept out of; nil if it is every
  /// class but the owner.
  public let foreign: [Int]?

  /// - Precondition: owners ascend.
  public init(owners: [Int], directions: Tensor, foreign: [Int]? = nil) {
    precondition(
      zip(owners, owners.dropFirst()).allSatisfy { $0 <= $1 }
        && directions.shape[0] == owners.count && foreign?.count ?? owners.count == owners.count,
      "rays grouped by owner, one direction each")
    self.owners = owners
    self.directions = directions
    self.foreign = foreign
  }

  /// All rays.
  ///
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
    let dimension = equilibria.shape[1]
    let blocks = PointBlocks.ranges(of: pairs.count, width: (randomPerPair + 1) * dimension)
    directions = Tensor.concatenated(
      blocks.map { block in
        let primary = Self.primary(pairs[block], equilibria).unsqueezed(1)
        let noise = Self.normalized(
          generator.normal([block.count, randomPerPair, dimension], dtype: equilibria.dtype))
        let scale = generator.uniform(
          [block.count, randomPerPair, 1], in: 0..<0.5, dtype: noise.dtype)
        let around = Self.normalized(primary + (noise * scale).to(equilibria.device))
        return Tensor.concatenated([primary, around], along: 1).reshaped([-1, dimension])
      })
    owners = pairs.flatMap { [Int](repeating: $0.0, count: randomPerPair + 1) }
    foreign = nil
  }

  /// Some of all pairs of a ray and a class that is foreign to it, drawn independently and uniformly,
  /// each with a ray of its own.
  ///
  /// The mean of a function over them is an unbiased estimate of its mean over all pairs, with the
  /// variance σ²/count, where σ² is the function's variance over all pairs: for values in [0, 1], such
  /// as W^β, a standard error of at most 1 / (2 √count).
  ///
  /// - Parameters: as of the other initializer, and
  ///   - count: how many pairs, at least 1.
  public init(
    sampling count: Int, equilibria: Tensor, randomPerPair: Int, classes: [Int]? = nil,
    generator: RandomGenerator
  ) {
    let classCount = equilibria.shape[0]
    let from = (classes ?? Array(0..<classCount)).sorted()
    let draws = generator.uniform([4, count], dtype: .float64)
    func choices(_ row: Int, of number: Int) -> [Int] {
      draws[row].doubles.map { min(Int($0 * Double(number)), number - 1) }
    }
    /// Of each owner's other classes.
    func others(_ row: Int, than owners: [Int]) -> [Int] {
      zip(choices(row, of: classCount - 1), owners).map { $0 < $1 ? $0 : $0 + 1 }
    }
    let owners = choices(0, of: from.count).map { from[$0] }.sorted()
    let primary = Self.primary(Array(zip(owners, others(1, than: owners)))[...], equilibria)
    let isRandom = choices(2, of: randomPerPair + 1).map { $0 == 0 ? 0.0 : 1 }
    let noise = Self.normalized(generator.normal(primary.shape, dtype: primary.dtype))
    let scale =
      generator.uniform([count, 1], in: 0..<0.5, dtype: primary.dtype)
      * Tensor(isRandom, shape: [count, 1]).to(primary.dtype)
    directions = Self.normalized(primary + (noise * scale).to(equilibria.device))
    self.owners = owners
    foreign = others(3, than: owners)
  }

  /// From the first to the second equilibrium of each pair, [N, d] of length 1.
  private static func primary(_ pairs: ArraySlice<(Int, Int)>, _ equilibria: Tensor) -> Tensor {
    func points(_ classes: [Int]) -> Tensor {
      equilibria.selecting(Tensor(classes.map(Int64.init), device: equilibria.device))
    }
    return normalized(points(pairs.map(\.1)) - points(pairs.map(\.0)))
  }

  private static func normalized(_ vectors: Tensor) -> Tensor {
    vectors / vectors.norm(along: vectors.rank - 1, keeping: true)
  }

  /// Some of the rays.
  func sliced(_ range: Range<Int>) -> BoundaryRays {
    BoundaryRays(
      owners: Array(owners[range]), directions: directions.sliced(range),
      foreign: foreign.map { Array($0[range]) })
  }
}

/// Points on the boundaries of prescribed regions.
public struct BoundaryPoints: Sendable {
  /// The class whose boundary each point lies on, ascending.
  public let owners: [Int]
  /// [R, d], constants.
  public let points: Tensor
  /// Distance of each point from its equilibrium, [R].
  public let lengths: Tensor
  /// Whether W there is within the tolerance of the level, [R] bool.
  public let converged: Tensor
  /// As of the rays.
  public let foreign: [Int]?
}
