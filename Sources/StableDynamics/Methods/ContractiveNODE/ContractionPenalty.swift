import NeuralNetworks
import Tensors

/// What a contractive Neural ODE is fined for beside its cross entropy: by how much the rows of its
/// weights, or the logarithmic norms of its Jacobian at states of its trajectories, exceed what the
/// rate ρ asks for.
public struct ContractionPenalty: Codable, Sendable, Hashable {
  public var regularizer: Regularizer
  /// Of the Jacobian, whose rate ρ is then in that norm; weights are about the largest norm.
  public var measure = Measure.logNorm
  /// ρ.
  public var rate: Double
  /// γ, the factor of the penalty.
  public var weight: Double
  public var excess = Excess.relu
  /// Whether the excesses of the rows are averaged or the largest counts, which is that of μ_∞.
  /// (Their code has the mean inside an exponential, where a few good rows make up for bad ones.)
  public var rows = Rows.mean
  /// States that the Jacobian is looked at in a step, drawn from the trajectories.
  public var states = 256
  /// Dimension of the Krylov space for the largest eigenvalue.
  public var iterations = 10

  public enum Regularizer: String, Codable, Sendable, CaseIterable {
    case none
    /// w_i ≤ -ρ / k_1, whatever the state.
    case weight
    /// μ(J(h)) ≤ -ρ at states h of the trajectories, which count as constants. It promises nothing at
    /// states that were not drawn.
    case jacobian
  }

  public enum Measure: String, Codable, Sendable, CaseIterable {
    /// μ_∞(J) = max_i s'_i w_i.
    case logNorm = "log-norm"
    /// The largest eigenvalue of (J + Jᵀ) / 2.
    case symmetric
  }

  public enum Excess: String, Codable, Sendable, CaseIterable {
    case relu
    /// Also asks for a margin.
    case softplus
  }

  public enum Rows: String, Codable, Sendable, CaseIterable {
    case mean, max
  }

  public init(regularizer: Regularizer, rate: Double, weight: Double) {
    self.regularizer = regularizer
    self.rate = rate
    self.weight = weight
  }

  public static let notes: SettingNotes = [
    "regularizer":
      "weight (inequality of W's rows), jacobian (at states of the trajectories) or none",
    "measure": "of the Jacobian: log-norm (largest norm) or symmetric (Euclidean norm)",
    "rate": .init(
      "ρ, contraction as e^{-ρt} (code: 1.5 with k_1 = 0.1, or 0.008 to 0.015)", .positive),
    "weight": .init("factor of the penalty (code: 0.01 to 1)", .weight),
    "excess": "relu, or softplus, which asks for a margin",
    "rows": "mean or max of the rows' excesses",
    "states": .init(
      "states a step that the Jacobian is looked at (code: 256)", .integers(1...1_000_000)),
    "iterations": .init(
      "Krylov dimension for the symmetric measure's eigenvalue", .integers(1...10_000)),
  ]

  /// What W begins with, as a multiple of the identity; nil leaves it as drawn. The inequalities hold
  /// there, that of the weights with equality, so that training only has to stay within them: weights
  /// drawn around 0 would have to move by ρ / k_1 and more, which Adam's steps do not allow in a
  /// short training. (The code has -10 I.)
  package func initialFactor(_ activation: LeakySoftplus) -> Double? {
    regularizer == .none ? nil : -rate / activation.leastSlope
  }

  /// The penalty, without its factor: a single element, recorded.
  ///
  /// - Parameter trajectories: states [..., d] of the trajectories.
  package func callAsFunction(
    _ field: ContractiveField, trajectories: Tensor, step: TrainingStep
  ) -> Tensor {
    switch (regularizer, measure) {
    case (.none, _):
      return .zeros([], dtype: trajectories.dtype, device: trajectories.device)
    case (.weight, _):
      return reduced(field.coupling.rowBounds + rate / field.activation.leastSlope)
    case (.jacobian, .logNorm):
      return reduced(field.logNormRows(at: sample(trajectories, step.generator(1))) + rate)
    case (.jacobian, .symmetric):
      let logNorms = field.symmetricLogNorm(
        at: sample(trajectories, step.generator(1)), iterations: iterations,
        generator: step.generator(2))
      return reduced((logNorms + rate).unsqueezed(1))
    }
  }

  private func sample(_ trajectories: Tensor, _ generator: RandomGenerator) -> Tensor {
    let all = trajectories.detached.reshaped([-1, trajectories.shape.last!])
    let order = generator.permutation(all.shape[0])
    return all.selecting(order.sliced(0..<min(states, all.shape[0])).to(all.device))
  }

  /// The mean over states of the excesses [..., rows] over 0.
  private func reduced(_ values: Tensor) -> Tensor {
    let values = rows == .max ? values.max(along: values.rank - 1) : values
    return (excess == .relu ? values.relu : values.softplus).mean()
  }
}
