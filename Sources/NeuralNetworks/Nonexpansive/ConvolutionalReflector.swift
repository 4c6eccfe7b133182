import Tensors

/// The block reflector of maps on a torus (circular padding), a reflection at each frequency:
///
///     ŷ(ω) = ŷ = x̂(ω) - 2 P(ω) x̂(ω),   P = V̂ (V̂*V̂)⁻¹ V̂*,
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
  /// Of one map.
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
    var spectrum = transform.spectrum(of: x)
    let kernels = Kernels(weight, phases)
    spectrum.real = spectrum.real.trainingReflection(
      across: OrthonormalBasis.recorded(kernels.real))
    for (index, kernel) in kernels.complex.enumerated() {
      spectrum.complex[index] = spectrum.complex[index].trainingReflection(
        across: OrthonormalBasis.recorded(real: kernel.real, imaginary: kernel.imaginary),
        isComplex: true)
    }
    return transform.maps(of: spectrum)
  }

  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer {
    let weight = weight.detached.to(.float64)
    let exact = TorusTransform(size: mapSize, dtype: .float64, device: weight.device)
    let kernels = Kernels(
      weight, exact.phases(kernel: weight.shape[2], dtype: .float64, device: weight.device))
    let (real, _) = try OrthonormalBasis.measured(kernels.real, in: dtype)
    var complex: [Tensor] = []
    for kernel in kernels.complex {
      let blocks = OrthonormalBasis.blocks(kernel.real, kernel.imaginary)
      complex.append(
        OrthonormalBasis.parts(try OrthonormalBasis.measured(blocks, in: dtype).basis))
    }
    return SettledConvolutionalReflector(
      transform: exact.evaluated(in: dtype), real: real, complex: complex)
  }

  /// V̂(ω) at the frequencies of the transform.
  private struct Kernels {
    /// [F, C, k].
    let real: Tensor
    let complex: [(real: Tensor, imaginary: Tensor)]

    init(_ weight: Tensor, _ phases: TorusTransform.Phases) {
      let (c, k) = (weight.shape[0], weight.shape[1])
      let taps = weight.reshaped([c * k, -1]).transposed
      func series(_ phases: Tensor) -> Tensor { phases.matmul(taps).reshaped([-1, c, k]) }
      real = series(phases.real)
      complex = phases.complex.map { (series($0.cosine), series($0.negativeSine)) }
    }
  }
}

/// The reflections of a convolutional reflector with bases of fixed numbers.
struct SettledConvolutionalReflector: SettledLayer {
  let transform: TorusTransform
  /// [F, C, k].
  let real: Tensor
  /// (P, Q), [F, C, 2k].
  let complex: [Tensor]
  let lipschitzBound: Double
  private let defect: Double
  private let magnitudeNorm: Double

  /// The largest defect of orthonormality of all frequencies, for just these numbers.
  init(transform: TorusTransform, real: Tensor, complex: [Tensor]) {
    self.transform = transform
    self.real = real
    self.complex = complex
    let blocks = complex.map { parts in
      let k = parts.shape[2] / 2
      return OrthonormalBasis.blocks(
        parts.sliced(0..<k, along: 2), parts.sliced(k..<2 * k, along: 2))
    }
    let matrices = [real] + blocks
    defect = matrices.map { OrthonormalBasis.defect($0) }.max()!
    magnitudeNorm = matrices.map(\.magnitudeNormBound).max()!
    lipschitzBound = transform.squaredNormBound * (1 + 2 * defect)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var spectrum = transform.spectrum(of: x)
    spectrum.real = spectrum.real.reflected(across: real)
    for (index, basis) in complex.enumerated() {
      spectrum.complex[index] = spectrum.complex[index].reflected(acrossComplex: basis)
    }
    return transform.maps(of: spectrum)
  }

  func evaluated(in dtype: DType) -> any SettledLayer {
    SettledConvolutionalReflector(
      transform: transform.evaluated(in: dtype), real: real.to(dtype),
      complex: complex.map { $0.to(dtype) })
  }

  /// There, the reflection (its coefficients are sums of one term more), and back.
  func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    let dtype = real.dtype
    let reflection = dtype.reflectionError(
      width: 2 * real.shape[1] + 1, rank: 2 * real.shape[2], magnitudeNorm: magnitudeNorm,
      basisNorm: 1 + defect)
    let transforms = 2 * transform.rounding(dtype)
    let own = (1 + transforms) * lipschitzBound * (transforms + reflection * (1 + transforms))
    return x.mapped(
      lipschitzBound: lipschitzBound, norm: lipschitzBound * x.norm, own: own * x.norm)
  }
}
