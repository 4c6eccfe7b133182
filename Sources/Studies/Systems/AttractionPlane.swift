import Evaluations
import Foundation
import Tensors
import Verification

/// All that a picture of a system of two states shows: what is proven, what is true, and why.
package struct AttractionPlane: Codable, Sendable {
  /// Middles of the grid's cells along each axis.
  package let x: [Double]
  package let y: [Double]
  /// Of each point of the grid, [y][x]: 2 proven, 1 comes home in the simulation, 0 does not.
  package let cells: [[Int]]
  /// The border of what each function proves.
  package let quadratic: [[PlanePoint]]
  package let learned: [[PlanePoint]]
  package let arrows: [Arrow]
  package let trajectories: [[PlanePoint]]
  /// Places at which candidates did not fall, some hundreds of them.
  package let counterexamples: [PlanePoint]
  /// Corners of boxes that the proof bounds the rate of the function on: [x low, y low, x high, y high].
  package let boxes: [[Double]]

  /// The field at a point.
  package struct Arrow: Codable, Sendable {
    package let origin: PlanePoint
    package let velocity: PlanePoint
  }

  static let mostBoxes = 4000
  static let mostCounterexamples = 400

  init(_ system: DynamicalSystem, _ result: AttractionSearch.Result) throws {
    let truth = result.truth
    let count = truth.resolution
    let places = truth.places.doubles
    x = (0..<count).map { places[2 * count * $0].short }
    y = (0..<count).map { places[2 * $0 + 1].short }
    // The grid's last axis, y, runs fastest.
    let isHome = truth.isInside.to(.int64).integers
    let isProven = result.best.map { $0.proof.claim.contains(truth.places).to(.int64).integers }
    cells = (0..<count).map { y in
      (0..<count).map { x in
        let place = x * count + y
        return isProven?[place] == 1 ? 2 : isHome[place]
      }
    }
    let axes = (x, y)
    func border(_ estimate: AttractionSearch.Estimate?) -> [[PlanePoint]] {
      guard let claim = estimate?.proof.claim else { return [] }
      return Self.border(of: claim, at: truth.places, axes)
    }
    quadratic = border(result.quadratic)
    learned = border(result.learned)
    let sparse = Array(stride(from: count / 40, to: count, by: max(1, count / 20)))
    let origins = Tensor(
      sparse.flatMap { row in sparse.flatMap { [axes.0[$0], axes.1[row]] } } as [Double],
      shape: [sparse.count * sparse.count, 2])
    let velocities = system.velocities(at: origins).doubles
    let starts = origins.doubles
    arrows = (0..<sparse.count * sparse.count).map {
      Arrow(
        origin: PlanePoint(starts[2 * $0], starts[2 * $0 + 1]),
        velocity: PlanePoint(velocities[2 * $0].short, velocities[2 * $0 + 1].short))
    }
    trajectories = try Self.trajectories(system, truth)
    let found = result.counterexamples.doubles
    let step = max(1, found.count / 2 / Self.mostCounterexamples)
    counterexamples = stride(from: 0, to: found.count / 2, by: step).map {
      PlanePoint(found[2 * $0].short, found[2 * $0 + 1].short)
    }
    boxes = result.best.map { Self.boxes(of: $0.proof) } ?? []
  }

  /// The curves on which W is the level.
  private static func border(
    of claim: AttractionClaim, at places: Tensor, _ axes: ([Double], [Double])
  ) -> [[PlanePoint]] {
    let values = Program(dimension: 2, outputs: [claim.candidate.value])
      .values(at: places)[0].doubles
    let count = axes.0.count
    let grid = (0..<count).map { y in (0..<count).map { x in values[x * count + y] } }
    let indices = (0..<count).map(Double.init)
    func between(_ axis: [Double], _ place: Double) -> Double {
      let lower = min(Int(place), count - 2)
      return axis[lower] + (place - Double(lower)) * (axis[lower + 1] - axis[lower])
    }
    return LevelSet.curves(of: grid, coordinates: indices, at: claim.level).map { curve in
      curve.map { PlanePoint(between(axes.0, $0.x).short, between(axes.1, $0.y).short) }
    }
  }

  /// A few trajectories from points of the region, up to where they are home.
  private static func trajectories(
    _ system: DynamicalSystem, _ truth: SimulatedRegion
  ) throws -> [[PlanePoint]] {
    let home = truth.isInside.trueIndices
    guard home.shape[0] > 0 else { return [] }
    let chosen = home.selecting(
      RandomGenerator(seed: 0).permutation(home.shape[0]).sliced(0..<min(12, home.shape[0])))
    let slowed = SlowedSystem(system)
    return try slowed.paths(from: truth.places.selecting(chosen)).map { path in
      path.map { PlanePoint($0[0].short, $0[1].short) }
    }
  }

  private static func boxes(of proof: AttractionProof) -> [[Double]] {
    let leaves = proof.decreaseBoxes(limit: mostBoxes)
    let (low, high) = (leaves.lower.doubles, leaves.upper.doubles)
    return (0..<leaves.count).map {
      [low[2 * $0].short, low[2 * $0 + 1].short, high[2 * $0].short, high[2 * $0 + 1].short]
    }
  }
}

extension Double {
  /// Rounded to five digits, all that a picture can show.
  fileprivate var short: Double {
    guard self != 0, isFinite else { return self }
    let scale = pow(10, 5 - Foundation.log10(abs(self)).rounded(.up))
    return (self * scale).rounded() / scale
  }
}
