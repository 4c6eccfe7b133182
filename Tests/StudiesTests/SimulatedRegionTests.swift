import DifferentialEquations
import Evaluations
import Foundation
import Studies
import Tensors
import Testing
import Verification

@Suite("Simulated regions of attraction") struct SimulatedRegionTests {
  /// The truth of each example, as a share of its box.
  static let shares: [(String, Double)] = [
    ("unit-disc", Double.pi / 9), ("reversed-van-der-pol", 0.392), ("pendulum", 0.618),
    ("two-machine", 0.442), ("polynomial", 0.611), ("three-dimensional", 0.64),
  ]

  @Test("are those of the system itself, followed until it leaves the box", arguments: shares)
  func slowingChangesNothing(name: String, share: Double) throws {
    let system = try SystemFile(
      contentsOf: SystemFileTests.folder.appendingPathComponent("\(name).yaml")
    ).system
    let resolution = system.dimension == 2 ? 24 : 13
    let region = try SimulatedRegion(SlowedSystem(system), resolution: resolution)
    // The system stops where it leaves the box. Equal steps: an independent, plainer way.
    let low = Tensor(system.box.map(\.lowerBound), shape: [1, system.dimension])
    let high = Tensor(system.box.map(\.upperBound), shape: [1, system.dimension])
    let reached = try solve(
      { places in
        let isWithin = (places .>= low).all(along: 1) .& (places .<= high).all(along: 1)
        return system.velocities(at: places) * isWithin.to(.float64).unsqueezed(1)
      }, from: region.places, at: [0, 40], method: .classicalRungeKutta, steps: .stepSize(0.1)
    ).finalState
    let center = Tensor(system.equilibrium, shape: [1, system.dimension])
    let isHome = (reached - center).norm(along: 1) .< 0.05
    let differing = (isHome.to(.float64) - region.isInside.to(.float64)).magnitude.sum().item
    #expect(differing <= 0.01 * Double(region.places.shape[0]), "\(differing) points differ")
    let boxVolume = system.box.reduce(1) { $0 * ($1.upperBound - $1.lowerBound) }
    #expect(abs(region.volume / boxVolume - share) < 0.05, "\(region.volume / boxVolume)")
  }
}
