import Tensors

/// The orthogonal layer of a block reflector ("BRO"; *Enhancing Certified Robustness via Block
/// Reflector Orthogonal Layers and Logit Annealing Loss*, ICML 2025, arXiv 2505.15174):
///
///     y = W x,   W = I - 2 V (VᵀV)⁻¹ Vᵀ,   V [d, k] of full rank.
///
/// **Proof.** P = V (VᵀV)⁻¹ Vᵀ is the orthogonal projector onto k dimensions, so W = (I - P) - P
/// reflects them and leaves the others: WᵀW = I, ‖y‖ = ‖x‖.
///
/// With U an orthonormal basis of the columns, y = x - 2 (x U) Uᵀ. W is never formed, which for small k
/// is most of the cost of a step. Without bias: `MaxMin` has one.
///
/// **In use**, U is rounded, and y = x - 2 (x U) Uᵀ has the eigenvalues 1 and 1 - 2σ², σ the singular
/// values of U, so its norm is at most 1 + 2 ‖UᵀU - I‖.
public struct BlockReflector: NonexpansiveLayer {
  /// V, [d, k].
  public let weight: Tensor

  /// A layer of the given V.
  public init(weight: Tensor) {
    precondition(
      weight.rank == 2 && weight.shape[1] <= weight.shape[0], "BlockReflector of \(weight.shape)")
    self.weight = weight
  }

  /// A layer with V normal, of columns of length about 1.
  ///
  /// - Parameters:
  ///   - width: d.
  ///   - rank: k, the dimensions that are reflected; half of d mixes most.
  public init(
    width: Int, rank: Int, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    let deviation = 1 / Double(width).squareRoot()
    self.init(
      weight: generator.normal([width, rank], deviation: deviation, dtype: dtype).to(device)
        .differentiable())
  }

  public var state: ModuleState { ModuleState(parameters: ["weight": weight]) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.reflected(
      across: [OrthonormalBasis.recorded(weight)], there: { [[$0]] }, back: { $0[0][0] })
  }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    let (basis, defect) = try OrthonormalBasis.measured(weight, in: dtype)
    return SettledReflector(basis: basis, defect: defect)
  }
}

/// y = x - 2 (x U) Uᵀ with a U of fixed numbers.
struct SettledReflector: SettledLayer {
  /// U, [d, k].
  let basis: Tensor
  /// A bound of ‖UᵀU - I‖.
  let defect: Double
  private let magnitudeNorm: Double

  init(basis: Tensor, defect: Double) {
    self.basis = basis
    self.defect = defect
    magnitudeNorm = basis.magnitudeNormBound
  }

  func callAsFunction(_ x: Tensor) -> Tensor { Reflection(across: basis)([x])[0] }

  var lipschitzBound: Double { 1 + 2 * defect }

  func evaluated(in dtype: DType) -> any SettledLayer {
    let basis = basis.to(dtype)
    return SettledReflector(basis: basis, defect: OrthonormalBasis.defect(basis))
  }

  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    let own = basis.dtype.reflectionError(
      width: basis.shape[0], rank: basis.shape[1], magnitudeNorm: magnitudeNorm,
      basisNorm: 1 + defect)
    return x.mapped(
      lipschitzBound: lipschitzBound, norm: lipschitzBound * x.norm, own: own * x.norm)
  }
}

extension DType {
  /// What fl(x - 2 (x U) Uᵀ) errs by at most, for ‖x‖ = 1. With A = |U| and s, a the norms of U and A:
  /// t = x U errs by γ_d a; its product with Uᵀ carries that on, times s, and errs by γ_k a ‖t‖ itself;
  /// the difference is one more term of the sum.
  func reflectionError(
    width: Int, rank: Int, magnitudeNorm a: Double, basisNorm s: Double
  ) -> Double {
    let first = sumError(width) * a
    let second = sumError(rank + 2)
    return 2 * (s * first + second * a * (s + first)) + second
  }
}
