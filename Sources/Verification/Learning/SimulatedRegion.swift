import Tensors

/// The truth by simulation: from which points of a grid over the box the system comes home without
/// leaving the box.
public struct SimulatedRegion: Sendable {
  /// Points along each axis; they are the middles of cells that fill the box.
  public let resolution: Int
  /// Their places, [N, d], the last axis running fastest.
  public let places: Tensor
  /// Whether each is in the region, [N] bool.
  public let isInside: Tensor
  /// Points on their way when the time was up, which count as outside.
  public let undecided: Int
  /// Of a cell.
  private let cellVolume: Double
  private let unitBox: UnitBox

  /// Points along each axis that make a grid of some ten thousands.
  public static func defaultResolution(dimension: Int) -> Int {
    switch dimension {
    case 1: 2000
    case 2: 200
    case 3: 40
    case 4: 15
    default: 7
    }
  }

  /// - Throws: `IntegrationFailure`.
  public init(
    _ slowed: SlowedSystem, resolution: Int? = nil, isCancelled: () -> Bool = { false }
  ) throws {
    let dimension = slowed.system.dimension
    let resolution = resolution ?? Self.defaultResolution(dimension: dimension)
    let units = slowed.unitBox.grid(resolution)
    let arrivals = try withoutGradients {
      try slowed.arrivals(from: units, isCancelled: isCancelled)
    }
    self.resolution = resolution
    places = slowed.unitBox.places(of: units)
    isInside = arrivals.isHome
    unitBox = slowed.unitBox
    undecided = arrivals.undecided
    cellVolume = slowed.unitBox.halfSides.doubles.reduce(1) { $0 * 2 * $1 / Double(resolution) }
  }

  /// The region's volume.
  public var volume: Double { volume(of: isInside) }

  /// The volume of the cells whose middles are chosen, [N] bool.
  public func volume(of isChosen: Tensor) -> Double {
    Double(isChosen.trueCount) * cellVolume
  }

  /// The share of the region that a condition on unit coordinates [N, d] chooses.
  func share(_ condition: (Tensor) -> Tensor) -> Double {
    let own = places.selecting(isInside.trueIndices)
    guard own.shape[0] > 0 else { return 0 }
    return condition(unitBox.units(of: own)).to(.float64).mean().item
  }

  /// How much of the truth a claim covers.
  public struct Coverage: Sendable, Hashable, Codable {
    /// The volume of the claim's set.
    public let volume: Double
    /// The same as a share of the region's.
    public let share: Double
    /// Points of the grid that are claimed and do not come home in the simulation: 0 for what is proven.
    public let contradictions: Int
  }

  /// How much of the region a claim's set has, counted on the grid.
  public func coverage(of claim: AttractionClaim) -> Coverage {
    let isClaimed = claim.contains(places)
    let both = volume(of: isClaimed .& isInside)
    return Coverage(
      volume: volume(of: isClaimed), share: volume > 0 ? both / volume : 0,
      contradictions: (isClaimed .& .!isInside).trueCount)
  }
}
