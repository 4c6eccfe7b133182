import NeuralNetworks
import StableDynamics
import Tensors

extension CellFlow {
  /// How far from every bisector a state has to lie, beyond its own error, for rounding to change no
  /// decision from h(0) to h(T): in units of the state.
  ///
  /// Scores are sums of d + 1 products, of which two are compared. The flow then takes no distance
  /// below what it was or D / 2, but rounds: once in closed form, whose share of x, however rounded, is
  /// between 0 and 1 and so keeps the direction to the centre; by a solver at each evaluation of the
  /// field, which is a lasting disturbance (`PersistentDisturbance`) of the size of that rounding over
  /// a step.
  ///
  /// - Parameter norm: of states, at most.
  /// - Returns: infinity where the steps are so short that rounding moves states more than the field.
  func roundingGuard(norm: Double, in cells: VoronoiCells, dtype: DType) -> Double {
    let dimension = cells.centers.shape[1]
    let length = cells.centers.to(.float64).norm(along: 1).max().item
    let spacing = cells.spacing.to(.float64).item
    // Of each score 2⟨h, c⟩ - ‖c‖², so of a difference of two over 2 D; once at h(0) and once at h(T).
    let scores =
      2 * dtype.sumError(dimension + 4) * (2 * norm * length + length * length) / spacing
    let size = dtype.unitRoundoff * (norm + 2 * length)
    guard form == .numerical else { return scores + 8 * size }
    // Elementwise operations, and the sums of the rotation where there is one.
    let operations = Double(dynamics.settings.isRadial ? 32 : 32 + 4 * dimension)
    let depth = PersistentDisturbance(
      size: operations * size / flow.fixedStep, against: dynamics.settings, spacing: spacing)
    return scores + (depth.map { $0.leastDepth * spacing / 2 } ?? .infinity)
  }
}
