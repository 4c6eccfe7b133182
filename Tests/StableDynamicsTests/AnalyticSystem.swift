import DifferentialEquations
import DynamicsTestSupport
import StableDynamics
import Tensors
import TestSupport

/// Systems in the plane whose basins are known, with V = r²/2.
struct AnalyticSystem {
  let equilibria: [[Double]]
  let geometry: RegionGeometry

  /// - Parameters:
  ///   - cellSpeed: μ, where cells and their equation are prescribed in place of level sets.
  ///   - field: f from states [N, 2] and equilibria [L, 2].
  init(
    _ equilibria: [[Double]], level: Double = 0.95, cellSpeed: Double? = nil,
    field: @escaping (Tensor, Tensor) -> Tensor
  ) throws {
    self.equilibria = equilibria
    let lyapunov = quadraticLyapunov(equilibria)
    var settings = Flow.Settings()
    settings.tolerance = 1e-9
    let levels = LevelRegions(lyapunov, level: level, search: CounterexampleSearch(level: level))
    geometry = RegionGeometry(
      regions: cellSpeed.map { CellRegions(lyapunov, equation: CellEquation(speed: $0)) } ?? levels,
      velocity: { field($0, lyapunov.equilibria) }, initialState: { $0 }, flow: try Flow(settings))
  }

  /// Attention drift, Σ softmax(⟨h, c⟩ / τ) c - h: for equilibria of equal norm, where mirror images
  /// of each other, the basins are the cells of nearest equilibria.
  static func attention(_ equilibria: [[Double]], temperature: Double) throws -> AnalyticSystem {
    try AnalyticSystem(equilibria) { h, c in
      (h.matmul(c.transposed) / temperature).softmax(along: 1).matmul(c) - h
    }
  }

  /// The field along ∇ ln W that solves the cell equation of two classes exactly, V = r²/2: with
  /// W = r_i² / r_j² and D the distance of the equilibria,
  ///
  ///     f = -μ (1 - W) ((h - c_i) r_j² - (h - c_j) r_i²) / 2D².
  static func cells(
    _ pair: [[Double]], speed: Double, isPrescribed: Bool = true
  ) throws -> AnalyticSystem {
    try AnalyticSystem(pair, cellSpeed: isPrescribed ? speed : nil) { h, c in
      let (x, y) = (h - c[0], h - c[1])
      let (a, b) = (
        x.squared.sum(along: 1, keeping: true), y.squared.sum(along: 1, keeping: true)
      )
      // i is the class of the smaller: the formula for the other has the opposite sign.
      let factor = Tensor.select(a .< b, 1 - a / b, b / a - 1)
      return factor * (x * b - y * a) * (-speed / (2 * (c[0] - c[1]).squared.sum().item))
    }
  }

  /// Everything ends at the first equilibrium.
  static func sink(_ equilibria: [[Double]]) throws -> AnalyticSystem {
    try AnalyticSystem(equilibria) { h, c in c.sliced(0..<1) - h }
  }
}
