import Foundation
import StableDynamics
import Tensors
import Testing

@Suite("Alignment of prescribed regions and dynamics")
struct RegionAlignmentTests {
  static let pair = [[-3.0, 0], [3, 0]]

  @Test("A field that solves Zubov's equation is aligned in every respect")
  func aligned() throws {
    // So sharp that f = -(h - c) but for a sliver around the mirror line.
    let system = try AnalyticSystem.attention(Self.pair, temperature: 0.05)
    let points = Tensor([-3.0, 1, -4, 0.5, -2, -0.5, 3.5, 0.5, 2, 1, 3, -2], shape: [6, 2])
    let found = try RegionAlignment.measure(
      system.geometry, images: points, labels: [0, 0, 0, 1, 1, 1])
    #expect(found.sampleCount == 6 && found.level == 0.95)
    for residual in [found.onTrajectories, found.onCounterexamples] {
      #expect(residual.maximalAbsolute <= 1e-9 && residual.meanAbsolute <= 1e-9)
      #expect(residual.maximalRelative <= 1e-9 && residual.meanRelative <= 1e-9)
    }
    #expect(found.containment.map(\.horizon) == [1, 20])
    for containment in found.containment {
      #expect(containment.staysInRegion == 1 && containment.staysInCell == 1)
      #expect(containment.endsInCell == 1)
    }
    // e^-1 of 1, √1.25, √1.25, √0.5, √2 and 2: all within 0.15 · 6 of c already.
    #expect(found.containment.map(\.reachesEquilibrium) == [1, 1])
    #expect(found.overlap == 0 && found.decisionsChangedByFlow == 0)
    #expect(abs(found.valueDecay - exp(-2)) <= 1e-7)
    #expect(abs(found.learnedShare) <= 1e-12)
  }

  @Test("Where everything ends at one equilibrium, the shares are those counted by hand")
  func sink() throws {
    let system = try AnalyticSystem.sink(Self.pair)
    // Two inside their region, one in its cell but outside of its region, one that is swept away.
    let starts = [[-3.0, 1], [-2, 0], [-5.6, 0], [3.5, 0]]
    let labels = [0, 0, 0, 1]
    let found = try RegionAlignment.measure(
      system.geometry, images: Tensor(starts.flatMap { $0 }, shape: [4, 2]), labels: labels)
    let (soon, late) = (found.containment[0], found.containment[1])
    #expect(soon.staysInRegion == 0.5 && late.staysInRegion == 0.5)
    #expect(soon.staysInCell == 0.75 && late.staysInCell == 0.75)
    #expect(soon.endsInCell == 0.75 && late.endsInCell == 0.75)
    // The third is 2.6 / e = 0.956 away at T = 1, just beyond 0.15 · 6.
    #expect(soon.reachesEquilibrium == 0.5 && late.reachesEquilibrium == 0.75)
    #expect(found.decisionsChangedByFlow == 0.25)

    // h(t) = c_0 + e^-t (h(0) - c_0).
    var absolute: [Double] = []
    var relative: [Double] = []
    var decay = 0.0
    for (start, label) in zip(starts, labels) {
      func state(_ t: Double) -> [Double] { [-3 + exp(-t) * (start[0] + 3), exp(-t) * start[1]] }
      func value(_ h: [Double]) -> Double {
        (pow(h[0] - Self.pair[label][0], 2) + h[1] * h[1]) / 2
      }
      decay += value(state(1)) / value(start) / 4
      for step in 1...10 {
        let h = state(Double(step) / 10)
        let rate = (h[0] - Self.pair[label][0]) * (-3 - h[0]) - h[1] * h[1]
        let residual = rate + 2 * value(h)
        absolute.append(abs(exp(-value(h)) * residual))
        relative.append(abs(residual / (2 * value(h))))
      }
    }
    let residual = found.onTrajectories
    #expect(abs(residual.meanAbsolute - absolute.reduce(0, +) / 40) <= 1e-6)
    #expect(abs(residual.maximalAbsolute - absolute.max()!) <= 1e-6)
    #expect(abs(residual.meanRelative - relative.reduce(0, +) / 40) <= 1e-6)
    #expect(abs(residual.maximalRelative - relative.max()!) <= 1e-5)
    #expect(abs(found.valueDecay - decay) <= 1e-6)
    #expect(found.onCounterexamples.meanAbsolute > residual.meanAbsolute)
  }

  @Test("A trajectory that leaves and comes back has not stayed")
  func excursion() throws {
    // Rotation about the origin: out of the cell of c_0 and, after 2π, back.
    let system = try AnalyticSystem(Self.pair) { h, _ in
      h.matmul(Tensor([0.0, 1, -1, 0], shape: [2, 2])) * (2 * Double.pi)
    }
    let found = try RegionAlignment.measure(
      system.geometry, images: Tensor([-2.0, 0.1], shape: [1, 2]), labels: [0])
    #expect(found.containment[0].staysInRegion == 0 && found.containment[0].staysInCell == 0)
    #expect(found.containment[0].endsInCell == 1)
    #expect(abs(found.valueDecay - 1) <= 1e-5)
  }

  @Test(
    "The overlap of two balls is the share of points that lie in both",
    arguments: [0.5, 0.95, 0.9999])
  func overlap(level: Double) throws {
    let equilibria = [[-1.0, 0], [1, 0]]
    let system = try AnalyticSystem(equilibria, level: level) { h, c in c.sliced(0..<1) - h }
    let radius = (-2 * log(1 - level)).squareRoot()
    var shares: [Double] = []
    for seed in 0..<4 as Range<UInt64> {
      // The same draws: directions, then how far along each.
      let generator = RandomGenerator(seed: seed, keys: 0x0E)
      let rays = BoundaryRays(
        equilibria: Tensor(equilibria.flatMap { $0 }, shape: [2, 2]), randomPerPair: 8,
        classes: [0, 1], generator: generator)
      let scale = generator.uniform([18, 1], dtype: .float64).doubles
      let directions = rays.directions.doubles
      var both = 0.0
      for (index, owner) in rays.owners.enumerated() {
        let length = scale[index] * radius
        let other = equilibria[1 - owner][0]
        let x = equilibria[owner][0] + length * directions[2 * index] - other
        let y = length * directions[2 * index + 1]
        if x * x + y * y < radius * radius { both += 1 }
      }
      let found = try RegionAlignment.measure(
        system.geometry, images: Tensor([-1.0, 0.1], shape: [1, 2]), labels: [0], seed: seed)
      #expect(abs(found.overlap - both / 18) <= 1e-12)
      shares.append(found.overlap)
    }
    #expect(shares.reduce(0, +) > 0)
  }

  @Test("Spacing is the least distance of two equilibria")
  func spacing() throws {
    let system = try AnalyticSystem.sink([[0, 0], [3, 4], [-1, -1]])
    #expect(abs(system.geometry.equilibriumSpacing - 2.squareRoot()) <= 1e-14)
    #expect(abs(system.geometry.boundaryValue + log(0.05)) <= 1e-14)
  }
}
