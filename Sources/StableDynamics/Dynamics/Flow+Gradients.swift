import DifferentialEquations
import Settings
import Tensors

extension Flow {
  /// - Throws: `SettingsError` unless training can differentiate this flow so.
  package func require(_ gradients: Gradients) throws(SettingsError) {
    guard gradients != .adjoint || settings.solver.method.isExplicit else {
      throw SettingsError(
        setting: "\(path).solver",
        expected: ButcherTableau.names { $0.isExplicit && $0.isAdaptive }
          + " for gradients by the adjoint equations, which have no Jacobian to solve with",
        found: settings.solver.rawValue)
    }
  }

  /// How training differentiates a flow, as settings have it.
  public enum Gradients: String, Codable, Sendable, CaseIterable {
    /// Through every step, all of which are kept.
    case direct
    /// By the adjoint equations backwards in time, up to the training tolerance.
    case adjoint
    /// As `direct`, from some of the states: in little memory, for about one more forward pass.
    case checkpointed

    /// For a field of these parameters.
    package func mode(_ parameters: [Tensor]) -> GradientMode {
      switch self {
      case .direct: .direct
      case .adjoint: .adjoint(parameters: parameters)
      case .checkpointed: .checkpointed(parameters: parameters)
      }
    }

    package static let note: SettingNote = .init(
      "of the flow in training: direct, checkpointed (the same in O(√steps) memory) or adjoint")
  }
}
