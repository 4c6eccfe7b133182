import Tensors

/// A linear layer made nonexpansive by one rescaling of its inputs ("AOL"; Prach, Lampert 2022,
/// *Almost-Orthogonal Layers for Efficient General-Purpose Lipschitz Networks*, ECCV, arXiv 2208.03160):
///
///     y = P x,   P = W D,   D_i = (Σ_j |WᵀW|_ij q_j / q_i)^-½,   q > 0,
///
/// of vectors with a matrix W [out, in] or of maps with a kernel [out, in, s, s] and zeros around.
///
/// **Proof.** WᵀW ⪯ D⁻² (`Coupling`), so PᵀP = D WᵀW D ⪯ I.
///
/// The cheapest layer here, without a factor or a transform, and an isometry only where WᵀW is diagonal,
/// as it is at the start. Without bias: `MaxMin` has one.
public struct RescaledLayer: NonexpansiveLayer {
  /// W, [out, in] or [out, in, s, s].
  public let weight: Tensor
  /// ln q, [in].
  public let balance: Tensor

  /// A layer of the given tensors.
  public init(weight: Tensor, balance: Tensor) {
    let shape = weight.shape
    precondition(
      [2, 4].contains(shape.count) && balance.shape == [shape[1]]
        && (shape.count == 2 || shape[2] == shape[3] && shape[2] % 2 == 1),
      "RescaledLayer of \(shape) with balance \(balance.shape)")
    self.weight = weight
    self.balance = balance
  }

  /// A layer that begins with orthonormal W and q = 1.
  ///
  /// - Parameter kernelSize: s, odd, for maps; nil for vectors.
  public init(
    inputs: Int, outputs: Int, kernelSize: Int? = nil, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    self.init(
      weight: Coupling.start(
        outputs: outputs, inputs: inputs, kernelSize: kernelSize, generator: generator,
        dtype: dtype, device: device
      ).differentiable(),
      balance: Tensor.zeros([inputs], dtype: dtype, device: device).differentiable())
  }

  public var state: ModuleState {
    ModuleState(parameters: ["weight": weight, "balance": balance])
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    Coupling(weight: Self.rescaled(weight, Self.factors(weight, balance))).ofLayer(x)
  }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    let settled = withoutGradients {
      let balance = balance.detached.to(.float64)
      let factors = Self.factors(weight.detached.to(.float64), balance)
      return SettledRescaledLayer(
        Self.rescaled(weight.detached.to(.float64), factors).to(dtype),
        balance: balance.exp / factors)
    }
    guard settled.lipschitzBound <= 1 + OrthonormalBasis.largestDefect else {
      throw NonexpansiveLayerError(
        found: settled.lipschitzBound.isFinite
          ? "a norm that may be \(settled.lipschitzBound)" : "numbers that are not finite")
    }
    return settled
  }

  /// The diagonal of D.
  private static func factors(_ weight: Tensor, _ balance: Tensor) -> Tensor {
    let q = balance.exp
    let sums = Coupling(weight: weight).inputInteractions.matmul(q.unsqueezed(1)).squeezed(1) / q
    // Inputs that are not used keep their zeros.
    return sums.maximum(1e-12).squareRoot.reciprocal
  }

  /// P.
  private static func rescaled(_ weight: Tensor, _ factors: Tensor) -> Tensor {
    weight * factors.reshaped(weight.rank == 2 ? [1, -1] : [1, -1, 1, 1])
  }
}

/// x P with fixed numbers.
struct SettledRescaledLayer: SettledLayer {
  private let coupling: Coupling
  /// p = q / D, with which the rows of |PᵀP| sum up to the same.
  private let balance: Tensor
  let lipschitzBound: Double
  private let magnitudeNorm: Double

  /// The bound is that of PᵀP for just these numbers: ρ ≤ max_i Σ_j |PᵀP|_ij p_j / p_i, which is 1 before
  /// they are rounded.
  init(_ weight: Tensor, balance: Tensor) {
    coupling = Coupling(weight: weight)
    self.balance = balance
    let exact = Coupling(weight: weight.to(.float64))
    let magnitudes = exact.magnitudes
    // Entries of PᵀP err by this share of the products of magnitudes.
    let error =
      magnitudes.transposed.matmul(magnitudes)
      * DType.float64.sumError(exact.inputTerms + exact.outputTerms + 8)
    let sums = (exact.inputInteractions + error).matmul(balance.unsqueezed(1)).squeezed(1)
    lipschitzBound = (sums / balance).max().item.squareRoot() * (1 + 1e-12)
    magnitudeNorm = magnitudes.magnitudeNormBound
  }

  func callAsFunction(_ x: Tensor) -> Tensor { coupling.ofLayer(x) }

  func evaluated(in dtype: DType) -> any SettledLayer {
    SettledRescaledLayer(coupling.weight.to(dtype), balance: balance)
  }

  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    let own = coupling.weight.dtype.sumError(coupling.inputTerms) * magnitudeNorm * x.norm
    return x.mapped(lipschitzBound: lipschitzBound, norm: lipschitzBound * x.norm, own: own)
  }
}

extension Coupling {
  /// K of vectors, or of maps with pixels outermost.
  fileprivate func ofLayer(_ x: Tensor) -> Tensor {
    isConvolution ? self(x.mapsAsImages).imagesAsMaps : self(x)
  }
}
