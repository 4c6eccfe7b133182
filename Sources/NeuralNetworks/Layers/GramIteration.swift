import Foundation
import Tensors

/// Upper bounds of the largest singular values σ of matrices A, by repeated squaring of their Gram
/// matrix G = A*A (or AA*, whichever is smaller), n x n, real or complex, in float64:
///
///     σ² = ρ(G),   σ ≤ ‖G^p‖_F^(1/2p) ≤ n^(1/4p) σ,   p = 2^t.
///
/// Every step is a bound, and each halves its excess on a logarithmic scale (Delattre et al. 2023,
/// arXiv:2305.16173). A power iteration approaches σ from below instead and bounds nothing.
///
/// Rounding: one squaring errs by about n² u of ‖G‖², u = 1.1e-16, and counts with a weight of
/// 1/2^t; `bounds` are raised by 1e-9, which covers it for n up to 3000.
struct GramIteration {
  /// t at the end: p = 512, an excess of at most 0.3 % for n = 512.
  static let squarings = 9

  /// The real part of G^p, scaled, [..., n, n].
  private var real: Tensor
  /// The imaginary part; nil for real matrices.
  private var imaginary: Tensor?
  /// The logarithm of what G^p has been divided by, [...].
  private var logScale: Tensor
  private var power = 1.0

  /// Starts with matrices [..., m, n] of these real and imaginary parts.
  init(real a: Tensor, imaginary b: Tensor? = nil) {
    let isTall = a.shape[a.rank - 2] > a.shape[a.rank - 1]
    let a = isTall ? a.to(.float64).transposed : a.to(.float64)
    real = a.matmul(a.transposed)
    if let b {
      // (a + ib)(a + ib)* of the matrix or, for a tall one, of its transpose.
      let b = isTall ? b.to(.float64).transposed : b.to(.float64)
      real = real + b.matmul(b.transposed)
      let mixed = b.matmul(a.transposed)
      imaginary = mixed - mixed.transposed
    }
    logScale = .zeros(Array(a.shape.dropLast(2)), dtype: .float64, device: a.device)
  }

  private init(_ iteration: GramIteration, selecting indices: Tensor) {
    real = iteration.real.selecting(indices)
    imaginary = iteration.imaginary?.selecting(indices)
    logScale = iteration.logScale.selecting(indices)
    power = iteration.power
  }

  /// The iteration for some of the matrices, by their places along the first axis.
  func selecting(_ places: [Int]) -> GramIteration {
    GramIteration(
      self, selecting: Tensor(places.map(Int64.init), device: real.device))
  }

  private var frobeniusNorms: Tensor {
    func squares(_ x: Tensor) -> Tensor { x.squared.sum(along: x.rank - 2, x.rank - 1) }
    let sum = imaginary.map { squares(real) + squares($0) } ?? squares(real)
    return sum.squareRoot.maximum(1e-300)
  }

  /// G^p to G^2p. With Hermitian G = R + iI, G² = R² - I² + i (RI - (RI)ᵀ).
  mutating func square() {
    let scale = frobeniusNorms
    let divisor = scale.unsqueezed(-1).unsqueezed(-1)
    let r = real / divisor
    real = r.matmul(r)
    if let i = imaginary.map({ $0 / divisor }) {
      real = real - i.matmul(i)
      let mixed = r.matmul(i)
      imaginary = mixed - mixed.transposed
    }
    logScale = (logScale + scale.log) * 2
    power *= 2
  }

  /// Upper bounds of σ by the present power, [...].
  var bounds: Tensor {
    ((logScale + frobeniusNorms.log) * (0.5 / power)).exp * (1 + 1e-9)
  }

  /// What `bounds` may exceed σ by, as a factor: n^(1/4p).
  var excess: Double { pow(Double(real.shape[real.rank - 1]), 0.25 / power) * (1 + 2e-9) }
}

extension Tensor {
  /// An upper bound, within 0.3 per cent for up to 512 rows or columns, of the largest singular
  /// value of each matrix [..., m, n], float64.
  public var spectralNormBounds: Tensor {
    withoutGradients {
      var iteration = GramIteration(real: detached)
      for _ in 0..<GramIteration.squarings { iteration.square() }
      return iteration.bounds
    }
  }
}
