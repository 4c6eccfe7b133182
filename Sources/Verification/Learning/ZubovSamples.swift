import Tensors

/// Points of a box with the costs of their trajectories, which a Zubov function is learned from.
public struct ZubovSamples: Sendable {
  /// u, [N, d].
  public private(set) var units: Tensor
  /// V, infinite where the trajectory does not come home: [N].
  public private(set) var costs: Tensor

  /// Trajectories that have to come home, for there to be anything to learn.
  static let fewestHome = 20

  /// Draws points of the box and follows them.
  ///
  /// - Throws: `IntegrationFailure`; `ZubovFitError` if hardly any trajectory comes home.
  public init(
    _ slowed: SlowedSystem, count: Int, seed: UInt64, isCancelled: () -> Bool = { false }
  ) throws {
    units = slowed.unitBox.uniform(count, RandomGenerator(seed: seed))
    costs = try withoutGradients { [units] in
      try slowed.arrivals(from: units, isCancelled: isCancelled).costs
    }
    guard home.count >= Self.fewestHome else {
      throw ZubovFitError(home: home.count, samples: count)
    }
  }

  private var home: [Double] { costs.selecting(costs.isFinite.trueIndices).doubles }

  /// The median of V over the points that come home.
  var medianCost: Double {
    let costs = home.sorted()
    return costs[costs.count / 2]
  }

  mutating func append(_ units: Tensor, costs: Tensor) {
    self.units = .concatenated([self.units, units])
    self.costs = .concatenated([self.costs, costs])
  }
}

/// A box from whose points hardly any trajectory comes home.
public struct ZubovFitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Points that the system comes home from.
  public let home: Int
  /// Points that were drawn.
  public let samples: Int

  public var description: String {
    "box: expected one of which a good part is the region of attraction, found \(home) of \(samples) "
      + "random points from which the system comes home without leaving it. Make the box smaller."
  }
}
