import DifferentialEquations
import Settings

extension Flow {
  /// Refuses a solver whose steps are no means of Euler steps up to 1 / `rate` long, and so may leave a
  /// convex set that those keep. Steps dt of fixed length are such means where
  ///
  ///     dt rate ≤ C,
  ///
  /// C the method's `ButcherTableau.strongStabilityCoefficient`.
  ///
  /// - Parameters:
  ///   - certificate: what needs it, for the message.
  ///   - set: what the steps are to keep.
  ///   - remedy: what else than the solver can be set.
  ///   - reach: what dt rate is in terms of settings.
  /// - Throws: `SettingsError` that says what to set.
  package func requireMeansOfEulerSteps(
    rate: Double, of certificate: String, keeping set: String, remedy: String = "", reach: String
  ) throws(SettingsError) {
    let solver = settings.solver
    let coefficient = solver.method.strongStabilityCoefficient
    guard !solver.isAdaptive, coefficient > 0 else {
      throw SettingsError(
        setting: "\(path).solver",
        expected:
          "\(Solver.meansOfEulerSteps) for a certificate of \(certificate)\(remedy): a step "
          + "of another method is no mean of Euler steps, and may leave \(set) (open the run with --set)",
        found: solver.rawValue)
    }
    // 1e-9 for what the rounding of the product adds.
    guard fixedStep * rate <= coefficient + 1e-9 else {
      throw SettingsError(
        setting: "\(path).stepsPerInterval",
        expected: "steps with \(reach) up to \(coefficient.shortest) for a "
          + "certificate of \(certificate) (open the run with --set)",
        found: "\(settings.stepsPerInterval), for which it is \((fixedStep * rate).shortest)")
    }
  }
}

extension Flow.Solver {
  /// The names of the methods of fixed step that take means of Euler steps, as a message has them.
  package static var meansOfEulerSteps: String {
    let names = ButcherTableau.all
      .filter { !$0.isAdaptive && $0.strongStabilityCoefficient > 0 }.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or \(names[names.count - 1])"
  }
}

extension Double {
  /// With four digits at most.
  package var shortest: String { "\((self * 1e4).rounded() / 1e4)" }
}
