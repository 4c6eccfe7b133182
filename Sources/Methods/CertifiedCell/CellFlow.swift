import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The flow of a cell field: known in closed form, or computed by a solver.
public struct CellFlow: Sendable {
  /// How states are found.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// `CellDynamics.closedForm`, exact at any time without a solver.
    case closedForm = "closed-form"
    /// By the solver of the flow's settings.
    case numerical
  }

  /// Whether states are known in closed form or solved for.
  public let form: Form
  /// The field that is followed.
  public let dynamics: CellDynamics
  /// Also where the form is closed, for all who want to follow trajectories or to solve otherwise.
  public let flow: Flow

  /// - Throws: `SettingsError` if there is no closed form.
  public init(_ form: Form, of dynamics: CellDynamics, flow: Flow) throws {
    try SettingsError.require(
      form == .numerical || dynamics.settings.isRadial, "solution",
      "numerical, as the field has a closed form only where field.greatestRate is field.leastRate "
        + "and field.rotation is 0", form.rawValue)
    self.init(checked: form, dynamics: dynamics, flow: flow)
  }

  private init(checked form: Form, dynamics: CellDynamics, flow: Flow) {
    self.form = form
    self.dynamics = dynamics
    self.flow = flow
  }

  /// The same with constant weights in another element type.
  func constant(in dtype: DType) -> CellFlow {
    CellFlow(checked: form, dynamics: dynamics.constant(in: dtype), flow: flow)
  }

  /// The solution from h(0) [N, d] to h(T), as in use.
  ///
  /// - Throws: `IntegrationFailure`.
  public func solution(from initial: Tensor, in cells: VoronoiCells) throws -> Solution {
    try solution(from: initial, at: flow.settings.horizon, in: cells) {
      try flow.solution(of: .autonomous(dynamics.velocity(in: cells)), from: initial)
    }
  }

  /// The state at a time as training sees it, recorded; h(0) itself at 0.
  ///
  /// - Throws: `IntegrationFailure`.
  public func trainingState(
    from initial: Tensor, at time: Double, in cells: VoronoiCells
  ) throws -> Solution {
    if time == 0 { return Solution(closedForm: initial.unsqueezed(0), times: [0]) }
    return try solution(from: initial, at: time, in: cells) {
      try flow.training(
        of: .autonomous(dynamics.velocity(in: cells)), from: initial, times: [0, time])
    }
  }

  private func solution(
    from initial: Tensor, at time: Double, in cells: VoronoiCells,
    numerically: () throws -> Solution
  ) throws -> Solution {
    switch form {
    case .numerical: return try numerically()
    case .closedForm:
      let end = dynamics.closedForm(initial, at: time, in: cells)
      return Solution(closedForm: Tensor.stacked([initial, end]), times: [0, time])
    }
  }
}

extension CellFlow {
  /// Refuses a flow that the theorems say nothing of. They hold in closed form, and for steps of fixed
  /// length dt that are means of Euler steps, up to
  ///
  ///     dt μ a_1 ≤ C,
  ///
  /// C the method's `ButcherTableau.strongStabilityCoefficient`: an Euler step of that length keeps
  /// each of the convex sets {g_ij ≥ r for all j}, 0 ≤ r ≤ 1 - η, and so do means of such steps.
  ///
  /// - Throws: `SettingsError` that says what to set.
  public func requireCoverage() throws(SettingsError) {
    guard form == .numerical else { return }
    let settings = dynamics.settings
    try flow.requireMeansOfEulerSteps(
      rate: settings.speed * settings.greatestRate, of: "cells", keeping: "a cell",
      remedy: ", or solution=closed-form", reach: "length x speed x greatestRate")
  }
}

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
