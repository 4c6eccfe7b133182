import DifferentialEquations
import DynamicsTestSupport
import Foundation
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("Cell-wise Zubov functions and their equation")
struct CellEquationTests {
  static let pair = [[-3.0, 0], [3, 0]]

  private func states(_ count: Int, seed: UInt64, dimension: Int = 2) -> Tensor {
    RandomGenerator(seed: seed).uniform([count, dimension], in: -5..<5, dtype: .float64)
  }

  @Test("Ratios are V over the least of the others")
  func ratios() {
    let values = Tensor([2.0, 8, 4, 9, 3, 3, 5, 5, 1], shape: [3, 3])
    let expected: [Double] = [2.0 / 4, 8.0 / 2, 4.0 / 2, 9.0 / 3, 1, 1, 5, 5, 1.0 / 5]
    #expect(
      largestDifference(CellFunction.ratios(values), Tensor(expected, shape: [3, 3])) <= 1e-15)
  }

  @Test("Its rate is the derivative by autograd", arguments: ConvexArchitectureKind.allCases)
  func closedForm(_ kind: ConvexArchitectureKind) {
    let v = kind.lyapunov(seed: 4)
    let points = states(40, seed: 4, dimension: 4)
    let velocities = RandomGenerator(seed: 5).normal([40, 4], dtype: .float64)
    let rate = CellFunction(v).rates(at: points, velocities: velocities)
    let all = v.values(at: points)
    #expect(rate.owner.integers == all.argMin(along: 1).integers)
    let w = CellFunction.ratios(all).gathering(columns: rate.owner)
    #expect(relativeError(rate.value, w) <= 1e-12)
    #expect(Set(rate.owner.integers).count > 1 && rate.value.max().item <= 1)

    let leaf = points.differentiable()
    let plain =
      plainValues(v, classes: rate.owner.integers, at: leaf)
      / plainValues(v, classes: rate.rival.integers, at: leaf)
    let slope = gradient(of: plain.sum(), wrt: [leaf])[0]
    #expect(relativeError(rate.derivative, (slope * velocities).sum(along: 1)) <= 1e-10)
  }

  @Test("Its violation is differentiated with respect to points and velocities")
  func derivatives() {
    let v = ConvexArchitectureKind.piacnn.lyapunov(seed: 1)
    let velocities = RandomGenerator(seed: 2).normal([3, 4], dtype: .float64)
    let points = states(3, seed: 9, dimension: 4) * 0.5
    let equation = CellEquation(speed: 1.5)
    func loss(_ points: Tensor, _ velocities: Tensor) -> Tensor {
      equation.violation(CellFunction(v).rates(at: points, velocities: velocities)).sum()
    }
    let errors = gradientErrors(at: points, velocities, of: loss)
    #expect(errors.0 <= 1e-5 && errors.1 <= 1e-6)
  }

  @Test(
    "Where the equation is solved, the residual is 0 and logit W falls at the rate μ",
    arguments: [0.5, 2, 4])
  func logistic(speed: Double) throws {
    let system = try AnalyticSystem.cells(Self.pair, speed: speed)
    let points = states(50, seed: 7)
    let function = CellFunction(system.geometry.lyapunov)
    let equation = CellEquation(speed: speed)
    let rate = function.rates(at: points, velocities: system.geometry.velocity(points))
    #expect(equation.residual(rate).magnitude.max().item <= 1e-12)
    #expect(equation.violation(rate).max().item <= 1e-20)
    let wrong = CellEquation(speed: speed * 1.5)
    #expect(wrong.relativeResidual(rate).mean().item > 0.2)

    func logit(_ h: Tensor) -> Tensor {
      let w = CellFunction.ratios(function.lyapunov.values(at: h)).min(along: 1)
      return w.log - (1 - w).log
    }
    let times = [0, 0.3, 1, 2.5]
    let trajectory = try system.geometry.flow.trajectory(
      of: system.geometry.velocity, from: points, times: times)
    for (index, time) in times.enumerated() {
      #expect(largestDifference(logit(trajectory[index]) - logit(points), -speed * time) <= 1e-4)
    }
  }

  @Test("Where the equation is solved, regions, basins and decisions are one", arguments: [1.0, 3])
  func aligned(speed: Double) throws {
    let system = try AnalyticSystem.cells(Self.pair, speed: speed)
    let map = try RegionMap(system.geometry, extent: 5, resolution: 20, horizon: 30)
    let overlap = map.intersectionOverUnion
    #expect(overlap.cells == 1 && overlap.regions == 1 && overlap.lenientCells == 1)
    #expect(map.boundaryValue == 1)
    for y in 0..<20 {
      for x in 0..<20 {
        let own = map.cells[y][x]
        #expect(map.isInRegion[y][x] && map.values[own][y][x] < 1)
        #expect(map.values[1 - own][y][x] > 1)
      }
    }

    let points = states(60, seed: 3)
    let labels = function(points, system)
    let found = try RegionAlignment.measure(system.geometry, images: points, labels: labels)
    #expect(found.level == 1 && found.overlap == 0 && found.decisionsChangedByFlow == 0)
    for residual in [found.onTrajectories, found.onCounterexamples] {
      #expect(residual.maximalRelative <= 1e-9 && residual.maximalAbsolute <= 1e-9)
    }
    for containment in found.containment {
      #expect(containment.staysInRegion == 1 && containment.staysInCell == 1)
    }
    #expect(found.containment[1].reachesEquilibrium == 1)
    let cells = found.cells
    #expect(cells.speed == speed && !cells.isSpeedFitted)
    for residual in [cells.onTrajectories, cells.onSegments, cells.onCounterexamples] {
      #expect(residual.maximalRelative <= 1e-9)
    }
    #expect(cells.fromSegments.count == 60 && cells.fromSegments.horizon == 20)
    #expect(cells.fromSegments.agreement == 1 && cells.fromSegments.intersectionOverUnion == 1)
  }

  private func function(_ points: Tensor, _ system: AnalyticSystem) -> [Int] {
    system.geometry.lyapunov.values(at: points).argMin(along: 1).integers
  }

  @Test("The fit recovers μ of a model that prescribes other regions", arguments: [0.4, 2, 7])
  func fit(speed: Double) throws {
    let system = try AnalyticSystem.cells(Self.pair, speed: speed, isPrescribed: false)
    let points = states(30, seed: 1)
    let found = try RegionAlignment.measure(
      system.geometry, images: points, labels: function(points, system))
    #expect(found.level == 0.95 && found.cells.isSpeedFitted)
    #expect(abs(found.cells.speed - speed) <= 1e-9)
    #expect(found.cells.onSegments.maximalRelative <= 1e-9)
    // The paper's equation is another one.
    #expect(found.onTrajectories.meanRelative > 0.1)
  }

  @Test("Nothing fits a field that leaves, and its cells are not its basins")
  func leaving() throws {
    let system = try AnalyticSystem(Self.pair) { h, _ in h * 0 + Tensor([1.0, 0], shape: [1, 2]) }
    let points = Tensor([-4.0, 1, -2, 0.5, -1, 2, 4, 1, 5, 2], shape: [5, 2])
    let found = try RegionAlignment.measure(
      system.geometry, images: points, labels: [0, 0, 0, 1, 1])
    #expect(found.cells.fromSegments.intersectionOverUnion == 0)
    #expect(found.cells.fromSegments.agreement < 1)
    #expect(found.cells.onTrajectories.meanRelative > 0.5)
    let away = CellEquation.fitted(
      to: CellFunction(system.geometry.lyapunov).rates(
        at: points,
        velocities: points - Tensor([-3.0, 0, -3, 0, -3, 0, 3, 0, 3, 0], shape: [5, 2])))
    #expect(abs(away.speed - 100) <= 1e-9)
  }

  @Test("Counterexamples have larger residuals than where the search begins")
  func counterexamples() throws {
    let system = try AnalyticSystem.attention(Self.pair, temperature: 2)
    let function = CellFunction(system.geometry.lyapunov)
    let equation = CellEquation(speed: 2)
    let points = states(40, seed: 8) * 0.5
    let found = equation.counterexamples(
      from: points, of: function, velocity: system.geometry.velocity)
    func mean(_ points: Tensor) -> Double {
      equation.relativeResidual(
        function.rates(at: points, velocities: system.geometry.velocity(points))
      ).magnitude.mean().item
    }
    #expect(mean(found) > mean(points))
    #expect(!found.requiresGradient)
    // Three steps of a twentieth of the spacing, 6.
    #expect((found - points).norm(along: 1).max().item <= 0.9 + 1e-9)
  }

  @Test("Huber's function is a parabola to 1 and a line beyond")
  func huber() {
    let r = Tensor([-3.0, -1, -0.5, 0, 0.2, 1, 4])
    let expected = [2.5, 0.5, 0.125, 0, 0.02, 0.5, 3.5]
    #expect(largestDifference(CellEquation.huber(r), Tensor(expected)) <= 1e-15)
    let leaf = r.differentiable()
    let slope = gradient(of: CellEquation.huber(leaf).sum(), wrt: [leaf])[0]
    #expect(
      largestDifference(slope, Tensor([-1.0, -1, -0.5, 0, 0.2, 1, 1])) <= 1e-15)
  }
}
