import Foundation
import Tensors

/// The discrete Fourier transform of real maps [H, W, N, C] on a torus as an orthogonal matrix of real
/// numbers, so that it is two matrix products whose results lie frequency by frequency in memory:
///
///     X(ω) = (HW)^-1/2 Σ_p x(p) e^{-iω·p},
///
/// of which real maps need one of each pair ±ω, times √2, and only the real part where ω = -ω. Along
/// each axis of small maps this is quicker than a fast transform, which would also leave the numbers in an
/// order to be undone before channels can be mixed.
struct TorusTransform: Sendable {
  /// H and W.
  let size: [Int]
  /// Along columns of pixels, [H, H]: rows for the frequencies that are their own opposite, then the
  /// cosine and the negative sine of each other pair.
  private let rows: Tensor
  /// The same along rows of pixels, for what is real after the first step; one for each of its
  /// frequencies, [rH, W, W].
  private let realColumns: Tensor
  /// Of complex numbers (real parts, then imaginary ones) [pH, 2W, 2W], result as pairs for each frequency.
  private let complexColumns: Tensor

  /// Frequencies of one axis that are their own opposite.
  private var real: [Int] { size.map { $0 % 2 == 0 ? 2 : 1 } }
  /// Pairs of the others.
  private var pairs: [Int] { zip(size, real).map { ($0 - $1) / 2 } }

  init(size: [Int], dtype: DType, device: Device) {
    self.size = size
    func stored(_ x: Tensor, copies: Int) -> Tensor {
      x.unsqueezed(0).expanded([copies] + x.shape).contiguous().to(dtype).to(device)
    }
    rows = Self.realMatrix(size[0]).to(dtype).to(device)
    let (real, pairs) = (size[0] % 2 == 0 ? 2 : 1, (size[0] - 1) / 2)
    realColumns = stored(Self.realMatrix(size[1]), copies: real)
    complexColumns = stored(Self.complexMatrix(size[1]), copies: pairs)
  }

  private init(_ transform: TorusTransform, dtype: DType) {
    size = transform.size
    (rows, realColumns, complexColumns) = (
      transform.rows.to(dtype), transform.realColumns.to(dtype),
      transform.complexColumns.to(dtype)
    )
  }

  func evaluated(in dtype: DType) -> TorusTransform { TorusTransform(self, dtype: dtype) }

  /// Maps by frequency.
  struct Spectrum {
    /// [F, N, C], of frequencies that are their own opposite.
    var real: Tensor
    /// [F, 2 N, C], real parts above imaginary ones: those of the first step's real rows, and the rest.
    /// Absent where there are none.
    var complex: [Tensor]
  }

  func spectrum(of x: Tensor) -> Spectrum {
    let (n, c) = (x.shape[2], x.shape[3])
    let y = rows.matmul(x.reshaped([size[0], -1]))
    let edge = realColumns.matmul(y.sliced(0..<real[0]).reshaped([real[0], size[1], -1]))
    var complex: [Tensor] = []
    if pairs[1] > 0 {
      complex.append(
        edge.sliced(real[1]..<size[1], along: 1).reshaped([real[0] * pairs[1], 2 * n, c]))
    }
    if pairs[0] > 0 {
      let inner = complexColumns.matmul(
        y.sliced(real[0]..<size[0]).reshaped([pairs[0], 2 * size[1], -1]))
      complex.append(inner.reshaped([pairs[0] * size[1], 2 * n, c]))
    }
    return Spectrum(
      real: edge.sliced(0..<real[1], along: 1).reshaped([real[0] * real[1], n, c]),
      complex: complex)
  }

  func maps(of spectrum: Spectrum) -> Tensor {
    let (n, c) = (spectrum.real.shape[1], spectrum.real.shape[2])
    var complex = spectrum.complex[...]
    var edge = spectrum.real.reshaped([real[0], real[1], n * c])
    if pairs[1] > 0 {
      let rest = complex.removeFirst().reshaped([real[0], 2 * pairs[1], n * c])
      edge = .concatenated([edge, rest], along: 1)
    }
    var y = realColumns.transposed.matmul(edge).reshaped([real[0], -1])
    if pairs[0] > 0 {
      let inner = complexColumns.transposed.matmul(
        complex.removeFirst().reshaped([pairs[0], 2 * size[1], n * c]))
      y = .concatenated([y, inner.reshaped([2 * pairs[0], -1])])
    }
    return rows.transposed.matmul(y).reshaped([size[0], size[1], n, c])
  }

  /// Fourier series of a kernel's taps, placed at rows and columns 0, 1, ...: for `real` and each member of
  /// `complex`, cos(ω·tap) and -sin(ω·tap), [F, taps]. Not normalised: a convolution's factor.
  struct Phases: Sendable {
    let real: Tensor
    let complex: [(cosine: Tensor, negativeSine: Tensor)]
  }

  func phases(kernel: Int, dtype: DType, device: Device) -> Phases {
    func angle(_ frequency: Int, _ place: Int, _ extent: Int) -> Double {
      2 * Double.pi * Double(frequency * place % extent) / Double(extent)
    }
    func angles(_ frequencies: [(Int, Int)]) -> Tensor {
      var values: [Double] = []
      for (f, g) in frequencies {
        for tap in 0..<kernel * kernel {
          values.append(angle(f, tap / kernel, size[0]) + angle(g, tap % kernel, size[1]))
        }
      }
      return Tensor(values, shape: [frequencies.count, kernel * kernel])
    }
    func stored(_ x: Tensor) -> Tensor { x.to(dtype).to(device) }
    func own(_ axis: Int) -> [Int] { real[axis] == 2 ? [0, size[axis] / 2] : [0] }
    func positive(_ axis: Int) -> [Int] { (0..<pairs[axis]).map { $0 + 1 } }
    func product(_ a: [Int], _ b: [Int]) -> [(Int, Int)] { a.flatMap { i in b.map { (i, $0) } } }
    let groups = [
      product(own(0), positive(1)), product(positive(0), Array(0..<size[1])),
    ].filter { !$0.isEmpty }.map(angles)
    return Phases(
      real: stored(angles(product(own(0), own(1))).cos),
      complex: groups.map { (stored($0.cos), stored(-$0.sin)) })
  }

  /// What the matrices with just these numbers stretch by at most, squared; about 1.
  var squaredNormBound: Double {
    let rowDefect = OrthonormalBasis.defect(rows)
    let columnDefect = max(
      OrthonormalBasis.defect(realColumns[0]),
      pairs[0] > 0 ? OrthonormalBasis.defect(complexColumns[0]) : 0)
    return (1 + rowDefect) * (1 + columnDefect)
  }

  /// What one transform, there or back, errs by for maps of norm 1.
  func rounding(_ dtype: DType) -> Double {
    let column = max(
      realColumns.magnitudeNormBound, pairs[0] > 0 ? complexColumns.magnitudeNormBound : 0)
    let first = dtype.sumError(size[0]) * rows.magnitudeNormBound
    let second = dtype.sumError(2 * size[1]) * column
    return squaredNormBound * (first + second + first * second)
  }

  /// The transform of real sequences of length n, orthonormal, float64.
  private static func realMatrix(_ n: Int) -> Tensor {
    let edge = 1 / Double(n).squareRoot()
    let inner = (2 / Double(n)).squareRoot()
    var values = [Double](repeating: edge, count: n)
    if n % 2 == 0 { values += (0..<n).map { $0 % 2 == 0 ? edge : -edge } }
    for frequency in 1..<max((n + 1) / 2, 1) {
      let angles = (0..<n).map { 2 * Double.pi * Double(frequency * $0 % n) / Double(n) }
      values +=
        angles.map { inner * Foundation.cos($0) } + angles.map { -inner * Foundation.sin($0) }
    }
    return Tensor(values, shape: [n, n])
  }

  /// The unitary transform of complex sequences of length n: from (real parts, imaginary parts) to the
  /// real and the imaginary part of each frequency.
  private static func complexMatrix(_ n: Int) -> Tensor {
    let scale = 1 / Double(n).squareRoot()
    let values = (0..<n).flatMap { frequency -> [Double] in
      let angles = (0..<n).map { 2 * Double.pi * Double(frequency * $0 % n) / Double(n) }
      let (c, s) = (
        angles.map { scale * Foundation.cos($0) }, angles.map { scale * Foundation.sin($0) }
      )
      return c + s + s.map { -$0 } + c
    }
    return Tensor(values, shape: [2 * n, 2 * n])
  }
}
