import Runs

/// The curves on which a function of the plane, known on a grid, takes a value.
package enum LevelSet {
  /// The curves as polylines, closed ones with their first point repeated at the end.
  ///
  /// Marching squares: within a cell the function is taken as linear along each edge; where two
  /// corners that are opposite lie above, the mean of the four decides which of them are joined.
  ///
  /// - Parameters:
  ///   - values: the function at [y][x].
  ///   - coordinates: of the grid's lines along both axes, increasing.
  package static func curves(
    of values: [[Double]], coordinates: [Double], at level: Double
  ) -> [[PlanePoint]] {
    var grid = Grid(values: values, coordinates: coordinates, level: level)
    for y in 0..<values.count - 1 {
      for x in 0..<values[y].count - 1 { grid.march(x, y) }
    }
    return grid.joined()
  }
}

/// A point of the plane.
package struct PlanePoint: Hashable, Codable, Sendable {
  package let x: Double
  package let y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }

  /// As `[x, y]`, for short files.
  package init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(try container.decode(Double.self), try container.decode(Double.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(x)
    try container.encode(y)
  }
}

/// An edge of a grid: between (x, y) and its neighbour to the right or above.
private struct Edge: Hashable {
  let x: Int
  let y: Int
  let isVertical: Bool
}

/// The pieces of curves found so far: which edges each crossed edge is joined with.
private struct Grid {
  let values: [[Double]]
  let coordinates: [Double]
  let level: Double
  var neighbours: [Edge: [Edge]] = [:]
  /// In the order in which they were found, so that equal grids give equal curves.
  var edges: [Edge] = []

  mutating func march(_ x: Int, _ y: Int) {
    let corners = [values[y][x], values[y][x + 1], values[y + 1][x + 1], values[y + 1][x]]
    guard corners.allSatisfy(\.isFinite) else { return }
    let above = corners.map { $0 >= level }
    // Edge i joins corner i with the next one: below, right, above, left.
    let sides = [
      Edge(x: x, y: y, isVertical: false), Edge(x: x + 1, y: y, isVertical: true),
      Edge(x: x, y: y + 1, isVertical: false), Edge(x: x, y: y, isVertical: true),
    ]
    let crossed = (0..<4).filter { above[$0] != above[($0 + 1) % 4] }
    if crossed.count == 2 {
      join(sides[crossed[0]], sides[crossed[1]])
    } else if crossed.count == 4 {
      let isJoined = (corners.reduce(0, +) / 4 >= level) == above[0]
      join(sides[0], sides[isJoined ? 1 : 3])
      join(sides[2], sides[isJoined ? 3 : 1])
    }
  }

  private mutating func join(_ a: Edge, _ b: Edge) {
    for (edge, other) in [(a, b), (b, a)] {
      if neighbours[edge] == nil { edges.append(edge) }
      neighbours[edge, default: []].append(other)
    }
  }

  /// Follows the pieces: curves that end at the border first, then closed ones.
  mutating func joined() -> [[PlanePoint]] {
    let ends = edges.filter { neighbours[$0]?.count == 1 }
    return (ends + edges).compactMap { start in
      guard var next = neighbours[start]?.first else { return nil }
      var curve = [point(on: start)]
      var edge = start
      while true {
        remove(edge, next)
        curve.append(point(on: next))
        guard let following = neighbours[next]?.first else { return curve }
        (edge, next) = (next, following)
      }
    }
  }

  private mutating func remove(_ a: Edge, _ b: Edge) {
    for (edge, other) in [(a, b), (b, a)] {
      if let place = neighbours[edge]?.firstIndex(of: other) {
        neighbours[edge]?.remove(at: place)
      }
    }
  }

  private func point(on edge: Edge) -> PlanePoint {
    let (x, y) = (edge.x, edge.y)
    let start = values[y][x]
    let end = edge.isVertical ? values[y + 1][x] : values[y][x + 1]
    let share = (level - start) / (end - start)
    func between(_ place: Int) -> Double {
      coordinates[place] + share * (coordinates[place + 1] - coordinates[place])
    }
    return edge.isVertical
      ? PlanePoint(coordinates[x], between(y)) : PlanePoint(between(x), coordinates[y])
  }
}
