import Datasets
import Foundation
import Robustness
import StableDynamics
import Tensors

/// All that a picture of a two-dimensional state space shows, on a grid.
package struct RegionPlane: Codable, Sendable {
  /// A curve that belongs to a class.
  package struct Curve: Codable, Sendable {
    package let classIndex: Int
    package let points: [PlanePoint]
  }

  /// A point that belongs to a class.
  package struct Marker: Codable, Sendable {
    package let classIndex: Int
    package let point: PlanePoint
  }

  /// The field at a point.
  package struct Arrow: Codable, Sendable {
    package let origin: PlanePoint
    package let velocity: PlanePoint
  }

  /// Grid coordinates along each axis.
  package let coordinates: [Double]
  /// The class whose prescribed region holds each grid point, [y][x]; -1 in none.
  package let regions: [[Int]]
  /// The class near whose equilibrium the trajectory from each grid point ends; -1 elsewhere.
  package let basins: [[Int]]
  /// How well the two agree.
  package let intersectionOverUnion: RegionMap.Overlap
  /// Where W_i is 0.5 and ρ.
  package let levelSets: [Curve]
  package let arrows: [Arrow]
  /// From samples, to the long horizon.
  package let trajectories: [Curve]
  package let equilibria: [Marker]
  package let horizon: Double

  /// - Parameters:
  ///   - data: samples, of which a few of each class are followed.
  /// - Throws: `IntegrationFailure`.
  init(
    _ geometry: RegionGeometry, data: LabelledImages, extent: Double = 5, horizon: Double = 50,
    trajectoriesPerClass: Int = 6
  ) throws {
    let map = try RegionMap(geometry, extent: extent, horizon: horizon)
    let side = map.coordinates.indices
    coordinates = map.coordinates.map(\.short)
    regions = side.map { y in
      side.map { x in map.isInRegion[y][x] ? map.cells[y][x] : -1 }
    }
    basins = map.basins
    intersectionOverUnion = map.intersectionOverUnion
    levelSets = map.values.indices.flatMap { i in
      [geometry.regions.height(atLevel: 0.5), map.boundaryValue].flatMap { value in
        LevelSet.curves(of: map.values[i], coordinates: map.coordinates, at: value)
          .map { Curve(classIndex: i, points: $0.map(\.short)) }
      }
    }
    let sparse = stride(from: side.count % 5 / 2 + 1, to: side.count, by: 5)
    arrows = sparse.flatMap { y in
      sparse.map { x in
        Arrow(
          origin: PlanePoint(map.coordinates[x], map.coordinates[y]).short,
          velocity: PlanePoint(map.velocities[y][x].0, map.velocities[y][x].1).short)
      }
    }
    equilibria = map.equilibria.enumerated().map {
      Marker(classIndex: $0, point: PlanePoint($1.0, $1.1).short)
    }
    trajectories = try Self.trajectories(
      geometry, data: data, horizon: min(horizon, 20), count: trajectoriesPerClass)
    self.horizon = horizon
  }

  private static func trajectories(
    _ geometry: RegionGeometry, data: LabelledImages, horizon: Double, count: Int
  ) throws -> [Curve] {
    let labels = data.labels.integers
    let positions = Set(labels).sorted().flatMap { label in
      labels.indices.filter { labels[$0] == label }.prefix(count)
    }
    let chosen = data.subset(positions)
    // Dense at first, where trajectories turn.
    let times = (0...60).map { horizon * pow(Double($0) / 60, 2) }
    let states = try withoutGradients {
      try geometry.flow.trajectory(
        of: geometry.velocity, from: geometry.initialState(chosen.images), times: times)
    }.doubles
    return positions.indices.map { sample in
      Curve(
        classIndex: labels[positions[sample]],
        points: times.indices.map { time in
          let place = 2 * (time * positions.count + sample)
          return PlanePoint(states[place], states[place + 1]).short
        })
    }
  }
}

extension Double {
  /// Rounded to four decimals, all that a picture can show.
  fileprivate var short: Double { (self * 1e4).rounded() / 1e4 }
}

extension PlanePoint {
  fileprivate var short: PlanePoint { PlanePoint(x.short, y.short) }
}
