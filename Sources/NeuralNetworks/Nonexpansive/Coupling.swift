import Tensors

/// A linear map K and its transpose: a matrix [m, C] of vectors [N, C], or a convolution of images
/// [N, C, H, W] with a kernel [m, C, s, s], s odd, and zeros around them.
///
/// What bounds its norm are sums of magnitudes of K Kᵀ or KᵀK, by Gershgorin's theorem: with positive q,
///
///     T_i = Σ_j |K Kᵀ|_ij q_j / q_i   ⟹   K Kᵀ ⪯ diag T.
///
/// For a convolution, K Kᵀ on an endless plane is that of the kernel's correlation with itself, whose taps
/// are summed. A finite map with zeros around is a part of the plane: K = R K_∞ E with R and E leaving
/// out and putting zeros, so K Kᵀ ⪯ R K_∞ K_∞ᵀ Rᵀ, and the bound holds there too (Prach, Lampert 2022).
struct Coupling: Sendable {
  /// [m, C] or [m, C, s, s].
  let weight: Tensor

  var isConvolution: Bool { weight.rank == 4 }

  private var padding: Int { isConvolution ? weight.shape[2] / 2 : 0 }

  /// K x + b.
  func callAsFunction(_ x: Tensor, bias: Tensor? = nil) -> Tensor {
    isConvolution
      ? x.convolved(weight: weight, bias: bias, padding: padding)
      : x.linear(weight: weight, bias: bias)
  }

  /// x - Kᵀ z.
  func subtractingAdjoint(of z: Tensor, from x: Tensor) -> Tensor {
    guard isConvolution else { return x.adding(productOf: z, weight, weight: -1) }
    let turned = weight.permuted([1, 0, 2, 3]).flipped(along: 2).flipped(along: 3)
    return x - z.convolved(weight: turned, padding: padding)
  }

  /// Σ_taps |K Kᵀ|, [m, m].
  var outputInteractions: Tensor { Self.interactions(weight) }

  /// Σ_taps |KᵀK|, [C, C].
  var inputInteractions: Tensor {
    Self.interactions(weight.permuted(isConvolution ? [1, 0, 2, 3] : [1, 0]))
  }

  private static func interactions(_ a: Tensor) -> Tensor {
    a.rank == 2
      ? a.matmul(a.transposed).magnitude
      : a.convolved(weight: a, padding: a.shape[2] - 1).magnitude.sum(along: 2, 3)
  }

  /// Σ_taps |K|, [m, C].
  var magnitudes: Tensor {
    isConvolution ? weight.magnitude.sum(along: 2, 3) : weight.magnitude
  }

  private var tapCount: Int { isConvolution ? weight.shape[2] * weight.shape[3] : 1 }
  /// Products of one output, and of one number of the transpose.
  var inputTerms: Int { weight.shape[1] * tapCount }
  var outputTerms: Int { weight.shape[0] * tapCount }

  /// Numbers for each output [m] in the shape that multiplies outputs.
  func perOutput(_ values: Tensor) -> Tensor {
    isConvolution ? values.reshaped([-1, 1, 1]) : values
  }

  /// A start without a change of lengths: orthonormal rows or columns, whichever are fewer; of a kernel in
  /// its middle tap.
  static func start(
    outputs: Int, inputs: Int, kernelSize: Int?, generator: RandomGenerator, dtype: DType,
    device: Device
  ) -> Tensor {
    let (long, short) = (max(outputs, inputs), min(outputs, inputs))
    let basis = OrthonormalBasis.ofColumns(generator.normal([long, short], dtype: .float64))
    var weight = outputs >= inputs ? basis : basis.transposed
    if let size = kernelSize {
      let margin = size / 2
      weight = weight.reshaped([outputs, inputs, 1, 1]).padded([margin, margin, margin, margin])
    }
    return weight.contiguous().to(dtype).to(device)
  }
}

extension Tensor {
  /// Maps [H, W, N, C] as images [N, C, H, W] with channels innermost, as convolutions like them.
  var mapsAsImages: Tensor { permuted([2, 3, 0, 1]).contiguous(channelsLast: true) }
  /// The way back.
  var imagesAsMaps: Tensor { permuted([2, 3, 0, 1]).contiguous() }
}
