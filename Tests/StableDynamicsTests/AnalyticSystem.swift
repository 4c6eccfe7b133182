import DifferentialEquations
import StableDynamics
import Tensors

/// Systems in the plane whose basins are known, with V = r²/2.
struct AnalyticSystem {
  let equilibria: [[Double]]
  let geometry: RegionGeometry

  /// - Parameter field: f from states [N, 2] and equilibria [L, 2].
  init(
    _ equilibria: [[Double]], level: Double = 0.95, field: @escaping (Tensor, Tensor) -> Tensor
  ) throws {
    self.equilibria = equilibria
    let lyapunov = quadraticLyapunov(equilibria)
    var settings = Flow.Settings()
    settings.tolerance = 1e-9
    geometry = RegionGeometry(
      lyapunov: lyapunov, velocity: { field($0, lyapunov.equilibria) }, initialState: { $0 },
      flow: try Flow(settings), level: level, search: CounterexampleSearch(level: level))
  }

  /// Attention drift, Σ softmax(⟨h, c⟩ / τ) c - h: for equilibria of equal norm, where mirror images
  /// of each other, the basins are the cells of nearest equilibria.
  static func attention(_ equilibria: [[Double]], temperature: Double) throws -> AnalyticSystem {
    try AnalyticSystem(equilibria) { h, c in
      (h.matmul(c.transposed) / temperature).softmax(along: 1).matmul(c) - h
    }
  }

  /// Everything ends at the first equilibrium.
  static func sink(_ equilibria: [[Double]]) throws -> AnalyticSystem {
    try AnalyticSystem(equilibria) { h, c in c.sliced(0..<1) - h }
  }
}
