import Settings
import StableDynamics
import Tensors

/// What SODEF asks of its field at the features z(0) of the training images: that they are
/// equilibria, and that the Jacobian J there has a negative, strictly dominant diagonal. Then all
/// of its eigenvalues have negative real parts (Gershgorin), so that z(0) is a stable equilibrium.
///
///     R_f    = mean (s |f_i(z(0))|)²
///     R_diag = mean exp(p (J_ii + m))
///     R_off  = mean exp(q (Σ_{j≠i} |J_ji| - |J_ii| + n))
///
/// as in the published code, whose sums run over columns (Gershgorin's theorem holds for both). The
/// paper's own form, as remembered, has |f| and other weights.
///
/// With `probes` the diagonal is estimated by products J v alone (`HutchinsonEstimate`), which no Jacobian has
/// to be written out for. J_ii is without bias; its exponential is not: noise of the variance
/// s² = Σ_{j≠i} J_ij² multiplies it by about e^{p² s² / 2}, which fines large elements beside the diagonal in rows, what
/// R_off does in its own way. R_off itself has no such estimate: products with random vectors tell sums of squares,
/// and a sum of d - 1 magnitudes may be anything from the root of theirs to √(d - 1) times as much.
public struct StabilityRegularizer: Sendable {
  /// Scales, exponents and margins of the three terms.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("s of R_f = mean (s|f_i|)² at the features (code: 50)", .numbers(-1e6...1e6))
    public var equilibriumScale = 50.0
    @Setting("p of R_diag = mean exp(p (J_ii + m)) (code: 1)", .numbers(-1e6...1e6))
    public var diagonalExponent = 1.0
    @Setting("m of R_diag (code: 1)", .numbers(-1e6...1e6))
    public var diagonalMargin = 1.0
    @Setting("q of R_off = mean exp(q (Σ|J_ji| - |J_ii| + n)) (code: 0.1)", .numbers(-1e6...1e6))
    public var dominanceExponent = 0.1
    @Setting("n of R_off (code: 1)", .numbers(-1e6...1e6))
    public var dominanceMargin = 1.0
    @Setting("of the diagonal in columns (the code's) or rows")
    public var dominance = Dominance.columns
    @Setting(
      "images a step whose Jacobians enter (code: 8 for MNIST, 16 for CIFAR)",
      .integers(1...1_000_000))
    public var samples = 16
    @Setting(
      "random signs an image to estimate J_ii by (Hutchinson), without R_off; 0: exact",
      .integers(0...10_000))
    public var probes = 0

    /// The code's.
    public init() {}
  }

  /// Along what the diagonal is to dominate.
  public enum Dominance: String, Codable, Sendable, CaseIterable { case columns, rows }

  /// The weights of the three terms.
  public struct Weights: Codable, Sendable, Hashable {
    @Setting("weight of R_f", .weight)
    public var equilibrium: Double
    @Setting("weight of R_diag", .weight)
    public var diagonal: Double
    @Setting("weight of R_off", .weight)
    public var dominance: Double

    public init(equilibrium: Double, diagonal: Double, dominance: Double) {
      self.equilibrium = equilibrium
      self.diagonal = diagonal
      self.dominance = dominance
    }
  }

  /// Scales, exponents and margins of the three terms.
  public let settings: Settings

  /// The three terms with these settings.
  public init(_ settings: Settings) { self.settings = settings }

  /// Refuses a weight that asks for what probes cannot tell.
  ///
  /// - Throws: `SettingsError` at `dominance` of a place in the settings.
  func requireMeasurable(_ weights: Weights, _ place: String) throws {
    try SettingsError.require(
      settings.probes == 0 || weights.dominance == 0, "\(place).dominance",
      "0 where regularizer.probes estimate Jacobians, as they do not tell sums of magnitudes",
      weights.dominance)
  }

  /// The three terms, single elements.
  public struct Terms {
    /// R_f.
    public let equilibrium: Tensor
    /// R_diag.
    public let diagonal: Tensor
    /// R_off; nil where probes stand for the Jacobians.
    public let dominance: Tensor?

    var named: [(name: String, value: Tensor)] {
      [("equilibrium", equilibrium), ("diagonal", diagonal)]
        + (dominance.map { [("dominance", $0)] } ?? [])
    }

    func weighted(_ weights: Weights) -> Tensor {
      (equilibrium * weights.equilibrium).adding(
        [diagonal] + (dominance.map { [$0] } ?? []),
        weights: [weights.diagonal] + (dominance == nil ? [] : [weights.dominance]))
    }
  }

  /// R_f at all features [N, d], the others at `samples` of them; samples and signs are the generator's.
  func terms(of field: SineField, at features: Tensor, generator: RandomGenerator) -> Terms {
    var sampled = features
    if settings.samples < features.shape[0] {
      let rows = generator.permutation(features.shape[0]).sliced(0..<settings.samples)
      sampled = features.selecting(rows.to(features.device))
    }
    guard settings.probes > 0 else {
      return terms(velocities: field(features), jacobians: field.jacobians(at: sampled))
    }
    let probes = HutchinsonEstimate.probes(settings.probes, like: sampled, generator: generator)
    return Terms(
      equilibrium: equilibrium(field(features)),
      diagonal: diagonal(
        HutchinsonEstimate.diagonal(probes: probes, product: field.jacobianProduct(at: sampled))),
      dominance: nil)
  }

  /// R_f of velocities [N, d].
  private func equilibrium(_ velocities: Tensor) -> Tensor {
    (velocities * settings.equilibriumScale).squared.mean()
  }

  /// R_diag of diagonals [n, d].
  private func diagonal(_ values: Tensor) -> Tensor {
    ((values + settings.diagonalMargin) * settings.diagonalExponent).exp.mean()
  }

  /// The terms of velocities [N, d] and Jacobians [n, d, d].
  public func terms(velocities: Tensor, jacobians: Tensor) -> Terms {
    let identity = Tensor.identity(
      jacobians.shape[1], dtype: jacobians.dtype, device: jacobians.device)
    let diagonal = (jacobians * identity).sum(along: 2)
    let sums = jacobians.magnitude.sum(along: settings.dominance == .columns ? 1 : 2)
    let excess = sums - diagonal.magnitude * 2
    return Terms(
      equilibrium: equilibrium(velocities), diagonal: self.diagonal(diagonal),
      dominance: ((excess + settings.dominanceMargin) * settings.dominanceExponent).exp.mean())
  }
}
