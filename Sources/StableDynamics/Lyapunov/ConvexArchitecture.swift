import NeuralNetworks
import Settings
import Tensors

/// A trainable recipe for the convex functions g(x, c_i) of a Lyapunov classifier.
public protocol ConvexArchitecture: Module {
  /// The networks of all classes, their weights recorded as functions of the parameters.
  func networks(for equilibria: Tensor) -> ClassConvexNetworks

  /// The matrices that convexity needs non-negative; clamped after every optimizer step.
  var nonNegative: [Tensor] { get }
}

extension ConvexArchitecture {
  /// Restores A^(z) ≥ 0 (Prop. 1) after a step of the optimizer.
  public func restoreConvexity() {
    for matrix in nonNegative { matrix.clampInPlace(0 ... .infinity) }
  }
}

/// Which architecture (Table V's last rows).
public enum ConvexArchitectureKind: String, Codable, Sendable, CaseIterable {
  case icnn, picnn, piacnn

  /// - Parameters:
  ///   - sizes: the setting `lyapunov.sizes`, and `contextSizes` likewise.
  ///   - dimension: the setting of d, of the group of settings that `features` names.
  /// - Throws: `SettingsError` for what `build` cannot take, and where no functions of classes could differ.
  package func validate(
    sizes: [Int], contextSizes: [Int], classCount: Int, dimension: Int, features: String
  ) throws {
    try SettingsError.require(classCount >= 2, "classes", "at least 2", classCount)
    try SettingsError.require(
      sizes.last == 1, "lyapunov.sizes", "positive widths, the last of them 1", sizes)
    try SettingsError.require(
      self == .icnn || contextSizes.count >= sizes.count - 1, "lyapunov.contextSizes",
      "\(sizes.count - 1) positive widths", contextSizes)
    try SettingsError.require(
      dimension >= 2, "\(features).dimension", "at least 2, for equilibria to differ in direction",
      dimension)
  }

  /// - Parameters:
  ///   - sizes: widths n_0, ..., n_{k-1} of the convex path; the last is 1.
  ///   - contextSizes: widths m_1, ..., m_{k-1} of the path of c (unused by `icnn`).
  public func build(
    classCount: Int, dimension: Int, sizes: [Int], contextSizes: [Int],
    generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) -> any ConvexArchitecture {
    switch self {
    case .icnn:
      InputConvexNetworks(
        classCount: classCount, dimension: dimension, sizes: sizes, generator: generator,
        dtype: dtype, device: device)
    case .picnn:
      GatedConvexNetwork(
        gating: .partial, dimension: dimension, sizes: sizes, contextSizes: contextSizes,
        generator: generator, dtype: dtype, device: device)
    case .piacnn:
      GatedConvexNetwork(
        gating: .attention, dimension: dimension, sizes: sizes, contextSizes: contextSizes,
        generator: generator, dtype: dtype, device: device)
    }
  }
}
