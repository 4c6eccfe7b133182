/// What a Rosenbrock method has beside the coefficients of an explicit one: its stages 1, ..., s solve
///
///     (I - γ h J) k_i = γ (f(t + c_i h, y + h Σ_{j < i} a_ij k_j) + Σ_{j < i} g_ij k_j + h d_i ∂f/∂t),
///
/// J = ∂f/∂y and ∂f/∂t at the step's start: one matrix for all of them, and no iteration (Hairer,
/// Wanner, "Solving Ordinary Differential Equations II", IV.7, with h k_i for their u_i). Such a step
/// stays bounded where a field pulls fast towards a slow motion, by steps as long as the slow one
/// allows. Stage 0 is f at the start; the one behind the last is f at the end, and the first of the
/// next step.
public struct LinearlyImplicitStages: Sendable, Hashable {
  /// γ.
  public let diagonal: Double
  /// Row i - 1 holds g_i0, ..., g_i(i-1).
  public let couplings: [[Double]]
  /// d_1, ..., d_s.
  public let timeWeights: [Double]

  /// - Precondition: as many couplings as time weights, i of them in row i - 1.
  public init(diagonal: Double, couplings: [[Double]], timeWeights: [Double]) {
    precondition(
      couplings.map(\.count) == Array(1...couplings.count)
        && couplings.count == timeWeights.count, "the coefficients do not fit their stages")
    self.diagonal = diagonal
    self.couplings = couplings
    self.timeWeights = timeWeights
  }

  /// The stages that are implicit.
  public var stages: ClosedRange<Int> { 1...timeWeights.count }
}
