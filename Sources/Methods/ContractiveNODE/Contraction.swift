import NeuralNetworks
import Settings
import Tensors

/// How a contractive Neural ODE comes to contract: by a field that does whatever its parameters are,
/// or by what it is fined for beside its cross entropy, by how much the rows of its weights, or the
/// logarithmic norms of its Jacobian at states of its trajectories, exceed what the rate ρ asks for.
public struct Contraction: Codable, Sendable, Hashable {
  @Setting(
    "weight (W's rows), jacobian (at states of the trajectories), none, or constrained (no penalty)"
  )
  public var regularizer: Regularizer
  /// Of the Jacobian, or of what a field contracts in by construction: the norm in which the rate ρ
  /// is meant. The regulariser of weights is about the largest norm.
  @Setting(
    "of the Jacobian or of constrained: log-norm (largest norm), symmetric (Euclidean); frobenius: no rate"
  )
  public var measure = Measure.logNorm
  /// ρ; 0 only by construction in the Euclidean norm, where distances then never grow.
  @Setting(
    "ρ of e^{-ρt} (code: 1.5, or 0.008 to 0.015); 0 with constrained and symmetric only", .weight)
  public var rate: Double
  @Setting(
    "κ of constrained and symmetric: fixed steps up to 2 / (2ρ + κ) keep its promise", .positive)
  public var speed = 10.0
  /// γ.
  @Setting("factor of the penalty (code: 0.01 to 1)", .weight)
  public var weight: Double
  @Setting("relu, or softplus, which asks for a margin")
  public var excess = Excess.relu
  /// Whether the excesses of the rows are averaged or the largest counts, which is that of μ_∞.
  /// (Their code has the mean inside an exponential, where a few good rows make up for bad ones.)
  @Setting("mean or max of the rows' excesses")
  public var rows = Rows.mean
  @Setting("of frobenius, random signs a state (Hutchinson); 0: exact", .integers(0...10_000))
  public var probes = 1
  @Setting("states a step that the Jacobian is looked at (code: 256)", .integers(1...1_000_000))
  public var states = 256
  @Setting("Krylov dimension for the symmetric measure's eigenvalue", .integers(1...10_000))
  public var iterations = 10

  /// How the field is made to contract.
  public enum Regularizer: String, Codable, Sendable, CaseIterable {
    case none
    /// w_i ≤ -ρ / k_1, whatever the state.
    case weight
    /// μ(J(h)) ≤ -ρ at states h of the trajectories, which count as constants. It promises nothing at
    /// states that were not drawn.
    case jacobian
    /// No penalty: the field contracts for every value of its parameters. In the largest norm, it
    /// is `ContractiveField` with a limit for its rows; in the Euclidean one, `GradientField`.
    case constrained
  }

  /// In what sense the field is to contract.
  public enum Measure: String, Codable, Sendable, CaseIterable {
    /// μ_∞(J) = max_i s'_i w_i, of the largest norm.
    case logNorm = "log-norm"
    /// The largest eigenvalue of (J + Jᵀ) / 2, of the Euclidean norm.
    case symmetric
    /// ‖J‖_F² / d, fined as it is, without a rate: a small and low-rank Jacobian, which says nothing of
    /// contraction. A penalty alone.
    case frobenius
  }

  /// How what exceeds -ρ is fined.
  public enum Excess: String, Codable, Sendable, CaseIterable {
    case relu
    /// Also asks for a margin.
    case softplus
  }

  /// How the excesses of a matrix's rows become one number.
  public enum Rows: String, Codable, Sendable, CaseIterable {
    case mean, max
  }

  public init(regularizer: Regularizer, rate: Double, weight: Double) {
    self.regularizer = regularizer
    self.rate = rate
    self.weight = weight
  }

  /// What W begins with, as a multiple of the identity; nil leaves it as drawn. The inequalities hold
  /// there, that of the weights with equality, so that training only has to stay within them: weights
  /// drawn around 0 would have to move by ρ / k_1 and more, which Adam's steps do not allow in a
  /// short training. (The code has -10 I.)
  func initialFactor(_ activation: LeakySoftplus) -> Double? {
    let hasNoRate = regularizer == .none || regularizer == .jacobian && measure == .frobenius
    return hasNoRate || isGradient ? nil : rowLimit(activation)
  }

  /// Whether training is fined.
  var isPenalty: Bool { regularizer == .weight || regularizer == .jacobian }

  /// -ρ / k_1.
  private func rowLimit(_ activation: LeakySoftplus) -> Double { -rate / activation.leastSlope }

  /// Whether the field is a `GradientField`.
  private var isGradient: Bool { regularizer == .constrained && measure == .symmetric }

  /// The field around a map as drawn.
  ///
  /// - Throws: `SettingsError`.
  func field(
    _ coupling: any StateCoupling, activation: LeakySoftplus
  ) throws(SettingsError) -> any CoupledField {
    guard rate > 0 || isGradient else {
      throw SettingsError(
        setting: "contraction.rate",
        expected: "a number above 0, or regularizer constrained with measure symmetric",
        found: "\(rate)")
    }
    guard regularizer != .constrained || measure != .frobenius else {
      throw SettingsError(
        setting: "contraction.measure",
        expected: "log-norm or symmetric with regularizer constrained, as frobenius has no rate",
        found: measure.rawValue)
    }
    if let factor = initialFactor(activation) { coupling.assign(multipleOfIdentity: factor) }
    return isGradient
      ? GradientField(coupling, activation: activation, rate: rate, speed: speed)
      : ContractiveField(
        coupling, activation: activation,
        rowLimit: regularizer == .constrained ? rowLimit(activation) : nil)
  }

  /// The penalty, without its factor: a single element, recorded.
  ///
  /// - Parameter trajectories: states [..., d] of the trajectories.
  package func callAsFunction(
    _ field: ContractiveField, trajectories: Tensor, step: TrainingStep
  ) -> Tensor {
    switch (regularizer, measure) {
    case (.none, _), (.constrained, _):
      return .zeros([], dtype: trajectories.dtype, device: trajectories.device)
    case (.weight, _):
      return reduced(field.coupling.rowBounds + rate / field.activation.leastSlope)
    case (.jacobian, .logNorm):
      return reduced(field.logNormRows(at: sample(trajectories, step.generator(1))) + rate)
    case (.jacobian, .frobenius):
      let states = sample(trajectories, step.generator(1))
      let norms = field.squaredNorm(at: states, probes: probes, generator: step.generator(2))
      return norms.mean() / Double(states.shape[1])
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
