import DifferentialEquations
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

  public let form: Form
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
  public func solution(from initial: Tensor, in cells: VoronoiCells) throws -> Solution {
    try solution(from: initial, at: flow.settings.horizon, in: cells) {
      try flow.solution(of: .autonomous(dynamics.velocity(in: cells)), from: initial)
    }
  }

  /// The state at a time as training sees it, recorded; h(0) itself at 0.
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
