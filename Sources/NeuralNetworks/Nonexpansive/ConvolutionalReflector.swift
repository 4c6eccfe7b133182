import Tensors

/// The block reflector of maps on a torus (circular padding), a reflection at each frequency:
///
///     ŷ(ω) = x̂(ω) - 2 P(ω) x̂(ω),   P = V̂ (V̂*V̂)⁻¹ V̂*,
///
/// with V̂(ω) [C, k] the Fourier series of a kernel V [C, k, s, s] ("BRO", arXiv 2505.15174, where
/// maps are padded with zeros first and cut afterwards; here they wrap around).
///
/// **Proof.** The transform to frequencies is unitary, and at each of them I - 2P is by the proof of
/// `BlockReflector`, with V̂* for Vᵀ: ‖y‖ = ‖x‖. V is real, so P(-ω) is the conjugate of P(ω) and y is real.
///
/// It is a convolution with kernels as large as the maps, at less than the cost of one of 3 x 3: the
/// transform and back takes about 2H + 4W products a number, the reflection 4k.
public struct ConvolutionalReflector: NonexpansiveLayer {
  /// V, [C, k, s, s].
  public let weight: Tensor
  /// [H, W] of the maps that arrive, on which the transform is.
  public let mapSize: [Int]
  private let transform: TorusTransform
  private let phases: TorusTransform.Phases

  /// A layer of the given V for maps of H rows and W columns.
  public init(weight: Tensor, mapSize: [Int]) {
    precondition(
      weight.rank == 4 && weight.shape[1] <= weight.shape[0] && weight.shape[2] == weight.shape[3]
        && mapSize.count == 2, "ConvolutionalReflector of \(weight.shape) on maps \(mapSize)")
    self.weight = weight
    self.mapSize = mapSize
    transform = TorusTransform(size: mapSize, dtype: weight.dtype, device: weight.device)
    phases = transform.phases(
      kernel: weight.shape[2], dtype: weight.dtype, device: weight.device)
  }

  /// A layer with V normal, of columns of length about 1 at each frequency.
  ///
  /// - Parameters:
  ///   - rank: k, the dimensions that are reflected at each frequency.
  ///   - kernelSize: s, rows and columns of V.
  public init(
    channels: Int, rank: Int, kernelSize: Int = 3, mapSize: [Int], generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    let deviation = 1 / Double(channels * kernelSize * kernelSize).squareRoot()
    self.init(
      weight: generator.normal(
        [channels, rank, kernelSize, kernelSize], deviation: deviation, dtype: dtype
      ).to(device).differentiable(),
      mapSize: mapSize)
  }

  public var state: ModuleState { ModuleState(parameters: ["weight": weight]) }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.reflected(
      across: Self.kernels(weight, phases).map(OrthonormalBasis.recorded),
      there: transform.spectrum, back: transform.maps)
  }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    let weight = weight.detached.to(.float64)
    let exact = TorusTransform(size: mapSize, dtype: .float64, device: weight.device)
    let phases = exact.phases(
      kernel: weight.shape[2], dtype: .float64, device: weight.device)
    var bases: [Tensor] = []
    for kernel in Self.kernels(weight, phases) {
      bases.append(try OrthonormalBasis.measured(kernel, in: dtype).basis)
    }
    return SettledConvolutionalReflector(transform: exact.evaluated(in: dtype), bases: bases)
  }

  /// V̂(ω) for each part of a spectrum, in real form: [F, C, k], or [F, 2C, 2k] of complex numbers.
  private static func kernels(_ weight: Tensor, _ phases: TorusTransform.Phases) -> [Tensor] {
    let (c, k) = (weight.shape[0], weight.shape[1])
    let taps = weight.reshaped([c * k, -1]).transposed
    func series(_ phases: Tensor) -> Tensor { phases.matmul(taps).reshaped([-1, c, k]) }
    return [series(phases.real)]
      + phases.complex.map {
        OrthonormalBasis.realForm(series($0.cosine), series($0.negativeSine))
      }
  }
}

/// The reflections of a convolutional reflector with bases of fixed numbers.
struct SettledConvolutionalReflector: SettledLayer {
  let transform: TorusTransform
  /// Of each part of a spectrum, in real form.
  let bases: [Tensor]
  let lipschitzBound: Double
  private let defect: Double
  private let magnitudeNorm: Double

  /// With the defect of orthonormality measured for just these numbers, the largest of all frequencies.
  init(transform: TorusTransform, bases: [Tensor]) {
    self.transform = transform
    self.bases = bases
    defect = bases.map { OrthonormalBasis.defect($0) }.max()!
    magnitudeNorm = bases.map(\.magnitudeNormBound).max()!
    lipschitzBound = transform.squaredNormBound * (1 + 2 * defect)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let parts = transform.spectrum(of: x)
    return transform.maps(
      of: zip(parts, bases).map { Reflection(across: $1, components: $0.count)($0) })
  }

  func evaluated(in dtype: DType) -> any SettledLayer {
    SettledConvolutionalReflector(
      transform: transform.evaluated(in: dtype), bases: bases.map { $0.to(dtype) })
  }

  /// There, the reflection, and back.
  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    let dtype = bases[0].dtype
    let shape = bases[bases.count - 1].shape
    let reflection = dtype.reflectionError(
      width: shape[1], rank: shape[2], magnitudeNorm: magnitudeNorm, basisNorm: 1 + defect)
    let transforms = 2 * transform.rounding(dtype)
    let own = (1 + transforms) * lipschitzBound * (transforms + reflection * (1 + transforms))
    return x.mapped(
      lipschitzBound: lipschitzBound, norm: lipschitzBound * x.norm, own: own * x.norm)
  }
}
