import Foundation
import StableDynamics
import Tensors
import Testing

/// Prescribed regions against true basins that are known. Grids have an even number of points, none
/// on an axis of symmetry.
@Suite("Maps of regions and basins")
struct RegionMapTests {
  static let pair = [[-3.0, 0], [3, 0]]
  static let triangle = [0, 1, 2].map { k -> [Double] in
    let angle = Double.pi * (0.5 + 2 * Double(k) / 3)
    return [3 * cos(angle), 3 * sin(angle)]
  }

  /// Squared distances of a grid point from each equilibrium.
  private func squares(_ map: RegionMap, _ y: Int, _ x: Int) -> [Double] {
    map.equilibria.map {
      pow(map.coordinates[x] - $0.0, 2) + pow(map.coordinates[y] - $0.1, 2)
    }
  }

  private func nearest(_ squares: [Double]) -> Int {
    squares.indices.min { squares[$0] < squares[$1] }!
  }

  /// The mean over classes of the share of cell i that `isIn` holds of (squared distance from c_i).
  private func meanShare(_ map: RegionMap, _ isIn: (Double) -> Bool) -> Double {
    var inside = [Double](repeating: 0, count: map.equilibria.count)
    var all = inside
    for y in map.coordinates.indices {
      for x in map.coordinates.indices {
        let squares = squares(map, y, x)
        let cell = nearest(squares)
        all[cell] += 1
        if isIn(squares[cell]) { inside[cell] += 1 }
      }
    }
    return zip(inside, all).map { $0 / $1 }.reduce(0, +) / Double(all.count)
  }

  @Test("Where basins are the cells by symmetry, they match entirely", arguments: [pair, triangle])
  func aligned(equilibria: [[Double]]) throws {
    let system = try AnalyticSystem.attention(equilibria, temperature: 2)
    let map = try RegionMap(system.geometry, extent: 5, resolution: 24, horizon: 20)
    let overlap = map.intersectionOverUnion
    #expect(overlap.cells == 1 && overlap.lenientCells == 1)
    // The ball {V < 3} is less than the basin.
    let boundary = -2 * log(0.05)
    #expect(abs(overlap.regions - meanShare(map) { $0 < boundary }) <= 1e-12)
    #expect(overlap.regions > 0.3 && overlap.regions < 0.9)
  }

  @Test("The map holds V, f, cells and regions of each grid point, rows from below")
  func contents() throws {
    let system = try AnalyticSystem.attention(Self.triangle, temperature: 2)
    let map = try RegionMap(system.geometry, extent: 4, resolution: 9, horizon: 1)
    #expect(map.coordinates == [-4, -3, -2, -1, 0, 1, 2, 3, 4])
    #expect(abs(map.boundaryValue + log(0.05)) <= 1e-12)
    for y in 0..<9 {
      for x in 0..<9 {
        let squares = squares(map, y, x)
        for k in 0..<3 { #expect(abs(map.values[k][y][x] - squares[k] / 2) <= 1e-12) }
        #expect(squares[map.cells[y][x]] <= squares.min()! + 1e-12)
        #expect(map.isInRegion[y][x] == (squares.min()! / 2 < map.boundaryValue))
        let (h, v) = (map.coordinates[x], map.coordinates[y])
        let weights = map.equilibria.map { exp((h * $0.0 + v * $0.1) / 2) }
        let sum = weights.reduce(0, +)
        let drift = zip(weights, map.equilibria).reduce((-h, -v)) {
          ($0.0 + $1.0 / sum * $1.1.0, $0.1 + $1.0 / sum * $1.1.1)
        }
        #expect(abs(map.velocities[y][x].0 - drift.0) <= 1e-12)
        #expect(abs(map.velocities[y][x].1 - drift.1) <= 1e-12)
      }
    }
  }

  @Test("Where everything ends at one equilibrium, one class keeps its share, the others nothing")
  func oneSink() throws {
    for equilibria in [Self.pair, Self.triangle] {
      let map = try RegionMap(
        try AnalyticSystem.sink(equilibria).geometry, extent: 5, resolution: 20, horizon: 12)
      #expect(map.basins.joined().allSatisfy { $0 == 0 })
      #expect(map.endCells.joined().allSatisfy { $0 == 0 })
      let own = Double(map.cells.joined().filter { $0 == 0 }.count) / 400
      let overlap = map.intersectionOverUnion
      let count = Double(equilibria.count)
      #expect(abs(overlap.cells - own / count) <= 1e-12)
      #expect(abs(overlap.lenientCells - own / count) <= 1e-12)
      let inside = zip(map.cells.joined(), map.isInRegion.joined()).filter { $0 == 0 && $1 }.count
      #expect(abs(overlap.regions - Double(inside) / 400 / count) <= 1e-12)
      #expect(equilibria.count != 2 || own == 0.5)
    }
  }

  @Test("A class without a region and without a basin counts 0 in the mean")
  func absentClass() throws {
    // The third equilibrium is beyond the map, whose points end at the nearer of the others.
    let system = try AnalyticSystem([[-3, 0], [3, 0], [0, 50]]) { h, c in
      let left = h.sliced(0..<1, along: 1) .< 0
      return Tensor.select(left, c[0] - h, c[1] - h)
    }
    let map = try RegionMap(system.geometry, extent: 5, resolution: 12, horizon: 12)
    #expect(Set(map.cells.joined()) == [0, 1] && map.cells == map.basins)
    let overlap = map.intersectionOverUnion
    #expect(abs(overlap.cells - 2.0 / 3) < 1e-15 && abs(overlap.lenientCells - 2.0 / 3) < 1e-15)
  }

  @Test("Points that go nowhere belong to a basin only next to its equilibrium")
  func still() throws {
    let system = try AnalyticSystem(Self.pair) { h, _ in h * 0 }
    let map = try RegionMap(system.geometry, extent: 5, resolution: 40, horizon: 1)
    // 0.15 of the spacing 6.
    let overlap = map.intersectionOverUnion
    #expect(abs(overlap.cells - meanShare(map) { $0 < 0.81 }) <= 1e-12)
    #expect(overlap.cells > 0 && overlap.lenientCells == 1)
    for y in 0..<40 {
      for x in 0..<40 {
        let squares = squares(map, y, x)
        #expect(map.basins[y][x] == (squares.min()! < 0.81 ? nearest(squares) : -1))
      }
    }
  }
}
