import DifferentialEquations

/// A solver that a flow can be followed with in place of its own.
public struct SolverVariant: Sendable, Hashable {
  /// Such as `rk4 x 20`.
  public let name: String
  let method: ButcherTableau
  let steps: StepControl

  /// Euler's method with so many equal steps from 0 to T.
  public static func euler(_ count: Int) -> SolverVariant {
    SolverVariant(name: "euler x \(count)", method: .euler, steps: .stepsPerInterval(count))
  }

  /// The classical method of order 4 with so many equal steps from 0 to T.
  public static func rk4(_ count: Int) -> SolverVariant {
    SolverVariant(
      name: "rk4 x \(count)", method: .classicalRungeKutta, steps: .stepsPerInterval(count))
  }

  /// Dormand-Prince with steps chosen by their error, for each sample.
  ///
  /// - Parameters:
  ///   - tolerance: absolute and relative.
  ///   - maximumSteps: of each sample, before the solver gives up.
  public static func dopri5(_ tolerance: Double, maximumSteps: Int = 10_000) -> SolverVariant {
    SolverVariant(
      name: "dopri5 at \(tolerance)", method: .dormandPrince,
      steps: .adaptive(
        AdaptiveSteps(
          tolerance: Tolerance(tolerance), norm: .perSample, maximumSteps: maximumSteps)))
  }
}
