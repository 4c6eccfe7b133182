import Foundation
import Methods
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// `count` centres of length `radius` in random directions.
func randomCenters(
  _ count: Int, dimension: Int, radius: Double = 3, seed: UInt64, dtype: DType = .float64
) -> VoronoiCells {
  let directions = RandomGenerator(seed: seed, keys: 0xCE).normal(
    [count, dimension], dtype: .float64)
  let centers = directions / directions.norm(along: 1, keeping: true) * radius
  return VoronoiCells(centers: centers.to(dtype))
}

@Suite("Cells of nearest centres")
struct VoronoiCellsTests {
  private func states(_ count: Int, _ dimension: Int, seed: UInt64) -> Tensor {
    RandomGenerator(seed: seed).uniform([count, dimension], in: -5..<5, dtype: .float64)
  }

  @Test("Scores, values and depths are those of the squares", arguments: [2, 3, 9])
  func definitions(classCount: Int) {
    let cells = randomCenters(classCount, dimension: 4, seed: 1)
    let points = states(300, 4, seed: 2)
    let squares = (points.unsqueezed(1) - cells.centers.unsqueezed(0)).squared.sum(along: 2)
    #expect(largestDifference(cells.values(at: points), squares) <= 1e-12)
    #expect(cells.owners(at: points).integers == squares.argMin(along: 1).integers)
    let apart = (cells.centers.unsqueezed(1) - cells.centers.unsqueezed(0)).norm(along: 2)
    let identity = Tensor.identity(classCount, dtype: .float64)
    #expect(largestDifference(cells.distances, apart + identity) <= 1e-12)
    #expect(largestDifference(cells.spacing, (apart + identity * 1e9).min()) <= 1e-12)

    let place = cells.place(of: points)
    #expect(place.owner.integers == cells.owners(at: points).integers)
    let own = squares.gathering(columns: place.owner).unsqueezed(1)
    let isOwn = place.owner.oneHot(classCount, dtype: .float64)
    let heights = (squares - own) / cells.distances.selecting(place.owner).squared
    #expect(
      largestDifference(place.depth, (heights + isOwn * 1e9).min(along: 1, keeping: true)) <= 1e-12)
    #expect(place.depth.min().item >= 0)
  }

  @Test("Every depth is 1 at a centre, and 0 half-way to its nearest one")
  func landmarks() {
    let cells = randomCenters(6, dimension: 3, seed: 4)
    #expect(largestDifference(cells.place(of: cells.centers).depth, 1) <= 1e-12)
    let (centers, apart) = (cells.centers, cells.distances.doubles)
    let off = apart.enumerated().filter { $0.offset % 7 != 0 }
    let least = off.min { $0.element < $1.element }!.offset
    let middle = ((centers[least / 6] + centers[least % 6]) * 0.5).unsqueezed(0)
    #expect(cells.place(of: middle).depth.item.magnitude <= 1e-12)
  }

  @Test("Distances to bisectors are where a bisection along c_j - c_y finds them")
  func bisection() {
    let cells = randomCenters(5, dimension: 6, seed: 8)
    let points = states(12, 6, seed: 9)
    let owners = cells.owners(at: points)
    let found = cells.bisectorDistances(at: points, of: owners).doubles
    for row in 0..<12 {
      let owner = owners.integers[row]
      var nearest = Double.infinity
      for rival in 0..<5 where rival != owner {
        let direction = cells.centers[rival] - cells.centers[owner]
        let unit = direction / direction.norm
        func isBeyond(_ distance: Double) -> Bool {
          let moved = points[row] + unit * distance
          let own = (moved - cells.centers[owner]).squared.sum().item
          return (moved - cells.centers[rival]).squared.sum().item < own
        }
        var (near, far) = (0.0, 100.0)
        for _ in 0..<60 {
          let middle = (near + far) / 2
          if isBeyond(middle) { far = middle } else { near = middle }
        }
        #expect(abs(found[row * 5 + rival] - near) <= 1e-9)
        nearest = min(nearest, near)
      }
      // No other direction leaves the cell sooner: the radius is exact.
      let around = RandomGenerator(seed: UInt64(row)).normal([500, 6], dtype: .float64)
      let sphere =
        points[row] + around / around.norm(along: 1, keeping: true) * (nearest * 0.999999)
      #expect(cells.owners(at: sphere).integers.allSatisfy { $0 == owner })
    }
  }

  @Test("Gradients are those of finite differences, at coinciding centres finite")
  func gradients() {
    let cells = randomCenters(4, dimension: 3, seed: 3)
    let points = states(5, 3, seed: 6)
    let labels = int64([0, 1, 2, 3, 0])
    func loss(_ points: Tensor, _ centers: Tensor) -> Tensor {
      let cells = VoronoiCells(centers: centers)
      return cells.bisectorDistances(at: points, of: labels).squared.sum()
        + cells.depths(at: points, of: labels).sum() + cells.values(at: points).sin.sum()
        + cells.spacing
    }
    let errors = gradientErrors(at: points, cells.centers, of: loss)
    #expect(errors.0 <= 1e-7 && errors.1 <= 1e-7)
    let same = Tensor.ones([3, 2], dtype: .float64).differentiable()
    let far = VoronoiCells(centers: same)
    let slope = gradient(
      of: far.bisectorDistances(at: states(3, 2, seed: 1), of: int64([0, 1, 2])).sum(), wrt: [same])
    #expect(slope[0].isFinite.all().item == 1)
  }

  @Test("The loss is the written one, by finite differences too")
  func marginLoss() {
    let loss = BoundaryMarginLoss(margin: 0.7, temperature: 0.2)
    let distances = Tensor([0.0, 0.3, 1.2, -0.4, 0, 0.1], shape: [2, 3])
    let labels = int64([0, 1])
    let expected = [[0.3, 1.2], [-0.4, 0.1]].map { row in
      0.2 * log(1 + row.map { exp(-($0 - 0.7) / 0.2) }.reduce(0, +))
    }
    #expect(largestDifference(loss(distances, labels: labels), Tensor(expected)) <= 1e-12)
    let leaf = distances.differentiable()
    let slope = gradient(of: loss(leaf, labels: labels).sum(), wrt: [leaf])[0]
    #expect(
      relativeError(
        slope, centralDifferences(at: distances) { loss($0, labels: labels).sum().item }) <= 1e-7)
  }
}
