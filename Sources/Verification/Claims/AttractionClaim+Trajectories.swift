import DifferentialEquations
import Tensors

extension AttractionClaim {
  /// What simulation says of a claim: nothing that a proof rests on.
  public struct Trajectories: Sendable {
    /// Places of the set that were followed.
    public let count: Int
    /// Those from which the set was left, [N, d].
    public let leaving: Tensor
    /// Those that were still outside of the ellipsoid when the time was up.
    public let undecided: Int
  }

  /// Follows random places of the set in float64 until they are in the ellipsoid of part `inner`.
  ///
  /// - Parameters:
  ///   - horizon: the time they are given, in units of the slowest mode's at the equilibrium.
  ///   - slack: by how much of itself W may exceed the level, for the error of the solver.
  /// - Throws: `IntegrationFailure`.
  public func trajectories(
    count: Int, seed: UInt64 = 0, horizon: Double = 100, tolerance: Double = 1e-9,
    slack: Double = 1e-7
  ) throws -> Trajectories {
    try withoutGradients {
      let starts = places(count: count, seed: seed)
      let values = Program(
        dimension: system.dimension, outputs: [candidate.value, ellipsoid.form])
      let highest = level + level.magnitude * slack
      let interval = 0.1 / -LinearSystem(system.linearization).growthRate
      var (states, origins) = (starts, Tensor.range(starts.shape[0]))
      var leaving: [Tensor] = []
      for _ in 0..<Int(horizon * 10) where states.shape[0] > 0 {
        states = try solve(
          { system.velocities(at: $0) }, from: states, at: [0, interval],
          steps: .adaptive(tolerance)
        ).finalState
        let found = values.values(at: states).map { $0.squeezed(1) }
        let isHome = found[1] .<= ellipsoid.radius
        let isOut = .!isHome .& .!(isWithinBox(states, slack: slack) .& (found[0] .<= highest))
        leaving.append(origins.selecting(isOut.trueIndices))
        let rest = (.!(isHome .| isOut)).trueIndices
        (states, origins) = (states.selecting(rest), origins.selecting(rest))
      }
      return Trajectories(
        count: starts.shape[0],
        leaving: starts.selecting(.concatenated(leaving)), undecided: states.shape[0])
    }
  }

  /// Uniform draws of the set, [count, d]; fewer if the set is a very small part of the box.
  private func places(count: Int, seed: UInt64) -> Tensor {
    let generator = RandomGenerator(seed: seed)
    let box = Boxes(system.box)
    var found: [Tensor] = []
    var missing = count
    for _ in 0..<1000 where missing > 0 {
      let draws = generator.uniform(
        [max(count, 1000), system.dimension], in: 0..<1, dtype: .float64)
      let places = box.lower + box.widths * draws
      let inside = places.selecting(contains(places).trueIndices)
      found.append(inside.sliced(0..<min(missing, inside.shape[0])))
      missing -= found.last!.shape[0]
    }
    return .concatenated(found)
  }
}
