import NeuralNetworks
import Tensors

/// In which numbers attacks look for adversarial examples. Whatever they find counts only if the model
/// itself, in its own numbers, is wrong there.
public enum AttackPrecision: String, Codable, Sendable, CaseIterable {
  /// Those of the model.
  case full
  /// Features in bfloat16 (`MixedPrecision`). A sample that rounding alone had fooled, so that the attack
  /// gave it up, is attacked anew in full precision.
  case mixed

  /// This precision, or full where the processor at hand has no instructions for bfloat16, so that they
  /// would take longer.
  public func available(
    on device: Device, with units: Torch.BFloat16Units = Torch.bfloat16Units
  ) -> AttackPrecision {
    device == .cpu && units == .none ? .full : self
  }

  /// Scores as attacks see them.
  func scores(_ exact: ScoreFunction) -> ScoreFunction {
    switch self {
    case .full: exact
    case .mixed:
      ScoreFunction(name: exact.name) { images in
        try MixedPrecision.$isOn.withValue(true) { try exact.scores(images) }
      }
    }
  }
}
