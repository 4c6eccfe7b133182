import DifferentialEquations
import Settings
import Tensors

extension Flow {
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
