import DifferentialEquations
import Foundation
import Tensors

/// The prescribed regions and the true basins of a model with a two-dimensional state, on a grid.
/// A true basin is found by following the flow from every grid point to a long horizon.
public struct RegionMap: Sendable {
  /// Grid coordinates along each axis.
  public let coordinates: [Double]
  /// The class whose V is least, at [y][x].
  public let cells: [[Int]]
  /// Whether the point lies in the prescribed region of that class.
  public let isInRegion: [[Bool]]
  /// The class whose equilibrium the trajectory ends near (within 0.15 of their spacing); -1 if
  /// it ends elsewhere.
  public let basins: [[Int]]
  /// The class whose V is least where the trajectory ends.
  public let endCells: [[Int]]
  /// The functions of each class whose sublevel sets are the regions, [class][y][x]: see
  /// `PrescribedRegions.heights`.
  public let values: [[[Double]]]
  /// f at each grid point, [y][x] = (horizontal, vertical).
  public let velocities: [[(Double, Double)]]
  /// c_i of each class, (horizontal, vertical).
  public let equilibria: [(Double, Double)]
  /// Their value at the boundary of the prescribed regions.
  public let boundaryValue: Double

  /// - Precondition: the state is two-dimensional.
  /// - Throws: `IntegrationFailure`.
  public init(
    _ geometry: RegionGeometry, extent: Double = 5, resolution: Int = 71, horizon: Double = 50
  ) throws {
    let lyapunov = geometry.lyapunov
    precondition(
      lyapunov.equilibria.shape[1] == 2,
      "a region map of a \(lyapunov.equilibria.shape[1])-dimensional state")
    let coordinates = (0..<resolution).map {
      extent * (2 * Double($0) / Double(resolution - 1) - 1)
    }
    let grid = coordinates.flatMap { y in coordinates.flatMap { [$0, y] } }
    let points = Tensor(grid, shape: [resolution * resolution, 2]).like(lyapunov.equilibria)
    let (values, heights, velocities, ends) = try withoutGradients {
      let values = lyapunov.values(at: points)
      return (
        values, geometry.regions.heights(values), geometry.velocity(points),
        try geometry.flow.settled(of: geometry.velocity, from: points, horizon: horizon)
      )
    }
    let endCells = withoutGradients { lyapunov.values(at: ends) }.argMin(along: 1).integers

    func rows<Element>(_ flat: [Element]) -> [[Element]] {
      stride(from: 0, to: flat.count, by: resolution).map { Array(flat[$0..<$0 + resolution]) }
    }
    self.coordinates = coordinates
    cells = rows(values.argMin(along: 1).integers)
    isInRegion = rows((heights.min(along: 1) .< geometry.boundaryValue).integers.map { $0 == 1 })
    basins = rows(geometry.basins(ofEnds: ends))
    self.endCells = rows(endCells)
    let columns = heights.transposed.contiguous()
    self.values = (0..<lyapunov.classCount).map { rows(columns[$0].doubles) }
    let flat = velocities.doubles
    self.velocities = rows(stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) })
    let centers = lyapunov.equilibria.doubles
    equilibria = stride(from: 0, to: centers.count, by: 2).map { (centers[$0], centers[$0 + 1]) }
    boundaryValue = geometry.boundaryValue
  }

  /// Agreement of prescribed regions with true basins, each the mean over classes of the area of
  /// the intersection over the area of the union.
  public struct Overlap: Codable, Sendable {
    /// Cells {V_i least} against the points that end near c_i.
    public var cells: Double
    /// Regions {W_i < ρ} against the points that end near c_i.
    public var regions: Double
    /// Cells against the points that end in cell i, near c_i or not.
    public var lenientCells: Double
  }

  /// How well the prescribed regions and the true basins of this grid agree.
  public var intersectionOverUnion: Overlap {
    let prescribed = cells.flatMap { $0 }
    let inside = isInRegion.flatMap { $0 }
    let basin = basins.flatMap { $0 }
    let end = endCells.flatMap { $0 }
    func mean(_ regions: [Int], _ basins: [Int]) -> Double {
      meanIntersectionOverUnion(of: regions, and: basins, classCount: equilibria.count)
    }
    return Overlap(
      cells: mean(prescribed, basin),
      regions: mean(zip(prescribed, inside).map { $1 ? $0 : -1 }, basin),
      lenientCells: mean(prescribed, end))
  }
}
